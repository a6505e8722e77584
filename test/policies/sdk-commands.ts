import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command class of the SDK that our code imports. */
export interface SdkCommand {
  /** As the signature names it. */
  readonly service: string;
  readonly operation: string;
  readonly files: readonly string[];
}

/** Packages whose name is not the one that requests are signed with. */
const SIGNED_AS: Readonly<Record<string, string>> = {
  sfn: 'states',
  cloudwatch: 'monitoring',
  eventbridge: 'events',
  'secrets-manager': 'secretsmanager',
};

const IMPORT = /import\s*(?:type\s*)?\{([^}]*)\}\s*from\s*'@aws-sdk\/client-([a-z0-9-]+)'/g;

/**
 * Every command that the bundles can hold: what the files below the folders import.
 * @param root the repository
 */
export function sdkCommands(root: string, folders: readonly string[]): SdkCommand[] {
  const found = new Map<string, { service: string; operation: string; files: string[] }>();
  for (const file of folders.flatMap((folder) => sourcesIn(root, folder))) {
    for (const { service, operation } of commandsIn(readFileSync(join(root, file), 'utf8'))) {
      const key = `${service} ${operation}`;
      const known = found.get(key) ?? { service, operation, files: [] };
      known.files.push(file);
      found.set(key, known);
    }
  }
  return [...found.values()];
}

/** @returns what one file imports: commands, and the operations behind paginators and waiters */
export function commandsIn(source: string): Array<{ service: string; operation: string }> {
  return [...source.matchAll(IMPORT)].flatMap(([, names = '', client = '']) =>
    names.split(',').flatMap((name) => {
      const operation = operationOf(name.trim());
      return operation === undefined ? [] : [{ service: SIGNED_AS[client] ?? client, operation }];
    }),
  );
}

function operationOf(name: string): string | undefined {
  if (name.startsWith('type ')) return undefined;
  return /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1];
}

function sourcesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}
