import { z } from 'zod';
import type { Manifest } from '../../manifest/manifest.ts';
import { configurationFault } from '../../validation/checks/configuration.ts';
import { MOVING_KEYS, valuesOf } from '../configuration/diff-configuration.ts';

/**
 * Which msr.configuration the recovered database will have, and what is to be known of
 * it before it is approved.
 */
export const configurationOutlook = z.object({
  from: z.enum(['live database', 'backup']),
  /** MAX_PLAYBACK_RANGE of it: up to there the maintenance of the recovery drops events. */
  playbackRange: z.string().nullable(),
  /** Why MSR and its maintenance could not run by it; null where they could. */
  fault: z.string().nullable(),
  /** Why they cannot run by that of the live database; null where they can, or nobody can read it. */
  liveFault: z.string().nullable(),
  /** Where live database and backup differ. */
  changes: z.array(z.object({ key: z.string(), backup: z.string().nullable(), live: z.string().nullable() })),
});
export type ConfigurationOutlook = z.infer<typeof configurationOutlook>;

/**
 * Pure. The live configuration goes over, unless it cannot be read, has lost keys that the backup has,
 * or holds values that MSR cannot run by (cutover/small-tables.ts).
 * @param live by key; undefined: it cannot be read
 */
export function foreseeConfiguration(
  backup: Manifest['configuration'],
  live: ReadonlyMap<string, string | null> | undefined,
): ConfigurationOutlook {
  const saved = valuesOf(backup);
  const liveFault = live === undefined ? null : (configurationFault(live) ?? null);
  const whole = live !== undefined && liveFault === null && [...saved.keys()].every((key) => live.has(key));
  const values = whole ? live : saved;
  return {
    from: whole ? 'live database' : 'backup',
    playbackRange: values.get('MAX_PLAYBACK_RANGE') ?? null,
    fault: configurationFault(values) ?? null,
    liveFault,
    changes: live === undefined ? [] : changesOf(saved, live),
  };
}

function changesOf(
  saved: ReadonlyMap<string, string | null>,
  live: ReadonlyMap<string, string | null>,
): ConfigurationOutlook['changes'] {
  return [...live]
    .filter(([key, value]) => !MOVING_KEYS.includes(key) && (saved.get(key) ?? null) !== value)
    .map(([key, value]) => ({ key, backup: saved.get(key) ?? null, live: value }));
}

/** Why no recovery can end well with it, with the remedy; undefined where one can. */
export function configurationObstacle({ fault }: ConfigurationOutlook): string | undefined {
  if (fault === null) return undefined;
  return `msr.configuration of the backup is what there will be, and ${fault}: choose another backup with --backup`;
}

/** What the approver should know of it. */
export function configurationRemarks({ from, liveFault, changes }: ConfigurationOutlook): string[] {
  if (from === 'backup') {
    const wrong = liveFault === null ? [] : [`MSR cannot run by the live configuration: ${liveFault}`];
    const lost = changes.map(
      ({ key, backup, live }) =>
        `${key} is ${live ?? 'empty'} in the live database: the recovered one will have ${backup ?? 'it empty'}, as the backup`,
    );
    return [...wrong, ...lost];
  }
  return changes.map(({ key, backup, live }) => {
    const dropped = key === 'MAX_PLAYBACK_RANGE' ? `, and drop events that are older than ${live} days` : '';
    return `${key} is ${live ?? 'empty'} in the live database and was ${backup ?? 'not set'} in the backup: the recovered database will have ${live ?? 'it empty'}${dropped}`;
  });
}
