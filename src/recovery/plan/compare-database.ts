import { digestKey, type HourDigest } from '../../ledger/digest.ts';
import type { DigestedHours } from '../../ledger/digest-within.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { DamagedEvents } from './assessment.ts';

/** What a look at the live database brought. */
export interface LiveContent {
  /** The names of schema msr's relations. */
  readonly relations: ReadonlySet<string>;
  /** Keys of msr.configuration. */
  readonly configurationKeys: ReadonlySet<string>;
  /** Rows of the view over the live snapshot table; null where it could not be read. */
  readonly snapshotRows: number | null;
  /** snapshot_pointer.cutoff_time: maintenance has dropped whole hours up to here. */
  readonly cutoff: Date | null;
  readonly events: DigestedHours;
}

const HOUR_MS = 3_600_000;

/** One thing that the live database has lost. */
export interface Damage {
  readonly kind: 'relation' | 'configuration' | 'snapshot' | 'hour';
  /** For people. */
  readonly text: string;
  /** The events, where some are damaged. */
  readonly events?: DamagedEvents;
}

/**
 * What the live database has lost of what the backup held; nothing where it is healthy. Allowed are late
 * events (more rows in an hour than at the backup: what else changed in such an hour cannot be told), and
 * hours that maintenance has dropped since.
 */
export function findDamage(manifest: Manifest, live: LiveContent): Damage[] {
  return [
    ...missingRelations(manifest, live),
    ...missingConfiguration(manifest, live),
    ...lostSnapshot(manifest, live),
    ...changedHours(manifest.digests, live),
  ];
}

function missingRelations({ relations }: Manifest, live: LiveContent): Damage[] {
  return relations
    .map(({ name }) => name.replace(/^msr\./, ''))
    .filter((name) => !live.relations.has(name))
    .map((name) => ({ kind: 'relation', text: `msr.${name} is missing` }));
}

function missingConfiguration({ configuration }: Manifest, live: LiveContent): Damage[] {
  return configuration
    .filter(({ key }) => !live.configurationKeys.has(key))
    .map(({ key }) => ({ kind: 'configuration', text: `msr.configuration has no ${key}` }));
}

function lostSnapshot({ relations }: Manifest, { snapshotRows }: LiveContent): Damage[] {
  const before = relations.find(({ name }) => name.replace(/^msr\./, '') === 'current_earliest_snapshot');
  if (snapshotRows !== 0 || before === undefined || before.rows === 0) return [];
  const text = `msr.current_earliest_snapshot is empty; the backup held ${before.rows} entities`;
  return [{ kind: 'snapshot', text }];
}

/** Hours that lack events or hold others than before; more of them are late ones. */
export function changedHours(
  expected: readonly HourDigest[],
  { events, cutoff }: Pick<LiveContent, 'events' | 'cutoff'>,
): Damage[] {
  const found = new Map(events.digests.map((digest) => [digestKey(digest), digest]));
  return expected.flatMap((digest) => {
    if (!events.hours.has(digest.hour) || wasDropped(digest, cutoff)) return [];
    const fault = faultOf(digest, found.get(digestKey(digest)));
    if (fault === undefined) return [];
    const text = `${digest.table} in the hour of ${digest.hour} ${fault}`;
    const { table, hour, count: expected } = digest;
    return [{ kind: 'hour', text, events: { table, hour, expected } }];
  });
}

/** The hours whose events say something: what maintenance may have dropped since does not. */
export function tellingHours(manifest: Manifest, cutoff: Date | null): string[] {
  const kept = manifest.digests.filter((digest) => !wasDropped(digest, cutoff));
  return [...new Set(kept.map(({ hour }) => hour))];
}

function faultOf(expected: HourDigest, found: HourDigest | undefined): string | undefined {
  const count = found?.count ?? 0;
  if (count < expected.count) return `has ${count} events; the backup held ${expected.count}`;
  if (count > expected.count || found === undefined) return undefined;
  return BigInt(found.sum) === BigInt(expected.sum) ? undefined : 'holds other events than the backup did';
}

/** Only chunks that lie wholly before the cutoff are dropped, and a chunk is an hour. */
export function wasDropped({ hour }: Pick<HourDigest, 'hour'>, cutoff: Date | null): boolean {
  return cutoff !== null && Date.parse(hour) + HOUR_MS <= cutoff.getTime();
}
