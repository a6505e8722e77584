import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './synthesized.ts';

/** The classes of errors that our code declares, by the name that they are thrown with. */
export function declaredErrors(directory = join(ROOT, 'src')): Set<string> {
  const sources = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(directory, path), 'utf8'));
  const declared = sources.flatMap((source) => [
    ...source.matchAll(/\bclass (\w+) extends \w+ \{[^}]*?readonly name[^=]*= '(\w+)'/g),
  ]);
  return new Set(declared.filter(([, type, name]) => type === name).map(([, , name = '']) => name));
}
