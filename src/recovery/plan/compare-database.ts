import { digestKey, type HourDigest } from '../../ledger/digest.ts';
import type { DigestedHours } from '../../ledger/digest-within.ts';
import type { EventHour } from '../../ledger/hour-scope.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { DamagedEvents } from './assessment.ts';
import { compareEvents, differenceText } from './compare-events.ts';

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
  /** What Kafka holds since the cut, where it was read: then all is told, not only what is missing. */
  readonly since?: SinceCut;
}

/** What Kafka held when the events were read. */
interface SinceCut {
  /** Up to where the sink had committed before that. */
  readonly digests: readonly HourDigest[];
  /** What the records behind that belong to, by digestKey: the sink may have written them meanwhile. */
  readonly moving: ReadonlySet<string>;
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
    ...(live.since === undefined
      ? changedHours(manifest.digests, live)
      : wrongEvents(manifest, live, live.since)),
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

/** With what Kafka holds nothing but the hours that move while one looks is left to guess. */
function wrongEvents(
  { digests: base }: Manifest,
  { events, cutoff }: LiveContent,
  { digests: since, moving }: SinceCut,
): Damage[] {
  const isLeftOut = (hour: EventHour) => wasDropped(hour, cutoff);
  const differences = compareEvents({ base, since, live: events.digests, isLeftOut });
  return differences
    .filter((difference) => difference.found < difference.expected || !moving.has(digestKey(difference)))
    .map((difference) => {
      const { table, hour, expected } = difference;
      return { kind: 'hour', text: differenceText(difference), events: { table, hour, expected } };
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
