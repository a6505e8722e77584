import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../../lib/config/config.ts';
import { EXAMPLE_CONFIG, parseConfig } from '../../../lib/config/load-config.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Sets what the dotted path names, `undefined` to remove it: `instances.0.kafka.ssl`. */
export type Change = readonly [path: string, value: unknown];

/** The example's file with some values changed. */
export function changedExample(...changes: Change[]): string {
  const file: unknown = JSON.parse(readFileSync(join(ROOT, EXAMPLE_CONFIG), 'utf8'));
  for (const [path, value] of changes) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const holder = parts.reduce<unknown>((at, part) => Reflect.get(at as object, part), file);
    Reflect.set(holder as object, last, value);
  }
  return JSON.stringify(file);
}

export function exampleConfig(...changes: Change[]): Config {
  return parseConfig('test.json', changedExample(...changes));
}
