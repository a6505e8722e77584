import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OperatorError } from '../core/operator-error.ts';
import { type Definition, definitionSchema } from './definition.ts';

/** The state machines that are synthesized into dist/. */
export type Operation = 'backup' | 'recovery';

/** What `npm run build` leaves in dist/: a synthesized definition and the bundles that it names. */
export interface Distribution {
  readonly definition: Definition;
  /** The container image's entry point. */
  readonly entryPoint: string;
  /** A Lambda's handler, from the very asset that is deployed. */
  handler(logicalId: string): Promise<Handler>;
}

export type Handler = (event: unknown) => Promise<unknown>;

/** @throws OperatorError where nothing has been built, or only the container's part of it is there */
export async function openDistribution(
  operation: Operation = 'recovery',
  directory = distDirectory(),
): Promise<Distribution> {
  const path = join(directory, `${operation}.asl.json`);
  if (!existsSync(path)) {
    throw new OperatorError(`the ${operation}'s definition ${path} is not there`, {
      hint: 'run `npm run build` in the checkout; in AWS, start the state machine instead',
    });
  }
  return {
    definition: definitionSchema.parse(JSON.parse(await readFile(path, 'utf8'))),
    entryPoint: join(directory, 'msr', 'index.mjs'),
    handler: async (logicalId) => {
      const bundle = pathToFileURL(join(directory, 'lambdas', logicalId, 'index.mjs'));
      const module = (await import(bundle.href)) as { readonly handler: Handler };
      return module.handler;
    },
  };
}

/** Bundled, this file is one of dist/msr; from its source it is lambdas/runner/distribution.ts. */
function distDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return basename(here) === 'msr' ? dirname(here) : join(here, '..', '..', 'dist');
}
