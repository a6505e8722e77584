import { z } from 'zod';
import type { Manifest } from '../../manifest/manifest.ts';

export type ConfigurationRow = Manifest['configuration'][number];

/** One key whose value a restore sets. `live` is absent where the live database has no such key. */
export const configurationChangeSchema = z.object({
  key: z.string(),
  live: z.string().nullable().optional(),
  backup: z.string().nullable(),
  type: z.string().nullable(),
});
export type ConfigurationChange = z.infer<typeof configurationChangeSchema>;

/** By key. */
export function valuesOf(rows: readonly ConfigurationRow[]): Map<string, string | null> {
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** Maintenance writes it each night: the value of a backup would be of the past. */
export const MOVING_KEYS: readonly string[] = ['EARLIEST_VALID_TIMESTAMP'];

/**
 * What a restore of the configuration would set, by key. A key that only the live database has stays as it
 * is: a later version of MSR may have brought it.
 */
export function diffConfiguration(
  live: readonly ConfigurationRow[],
  backup: readonly ConfigurationRow[],
): ConfigurationChange[] {
  const present = valuesOf(live);
  return backup
    .filter(({ key, value }) => !MOVING_KEYS.includes(key) && present.get(key) !== value)
    .map(({ key, value, type }) => {
      const live = present.get(key);
      return { key, ...(live === undefined ? {} : { live }), backup: value, type };
    });
}

/** `MAX_PLAYBACK_RANGE is 0, and was 7 in the backup` */
export function describeChange({ key, live, backup }: ConfigurationChange): string {
  const now = live === undefined ? 'is missing' : `is ${shown(live)}`;
  return `${key} ${now}, and was ${shown(backup)} in the backup`;
}

export function shown(value: string | null): string {
  return value === null ? 'empty' : value === '' ? "''" : value;
}

/** What a change is, once it is made: the keys with the values that stand then. */
export function applyChanges(
  live: readonly ConfigurationRow[],
  changes: readonly ConfigurationChange[],
): ReadonlyMap<string, string | null> {
  const values = valuesOf(live);
  for (const { key, backup } of changes) values.set(key, backup);
  return values;
}
