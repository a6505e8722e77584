import { partitionKey } from '../core/offsets.ts';
import type { HourDigest } from './digest.ts';
import { DigestSums } from './digest-sums.ts';

/**
 * Counts of one partition over [start, end): data records come from the reader, the
 * rest from decoder and writer.
 */
export interface PartitionCounts {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly dataRecords: number;
  readonly inserted: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly quarantined: number;
  /** Those whose hours are not replayed. */
  readonly elsewhere: number;
  /** In the dump already: of an inexact cut's overlap, and not written again. */
  readonly held: number;
}

/** What an inexact cut's overlap came to, by content. */
export interface OverlapCounts {
  /** Records whose rows were taken for the dump's. */
  readonly taken: number;
  /** Contents of which more or fewer were taken than the dump has rows for. */
  readonly wrong: number;
}

/** An hour of a table where what there should be (base + gained) is not what there is. */
interface HourDifference {
  readonly table: string;
  readonly hour: string;
  readonly expected: { readonly count: number; readonly sum: string };
  readonly actual: { readonly count: number; readonly sum: string };
}

/** An hour of events, over all tables, for people to look at. */
export interface HourMark {
  readonly hour: string;
  /** Rows that the database holds in it. */
  readonly rows: number;
  /** Rows that the replay brought to it. */
  readonly gained: number;
  readonly differs: boolean;
}

interface LedgerTotals {
  readonly dataRecords: number;
  readonly inserted: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly elsewhere: number;
  readonly held: number;
  /** Hours (of tables) compared. */
  readonly hours: number;
  /** Rows that the database holds in the hours compared. */
  readonly rows: number;
}

/** The proof of a replay; both halves must hold. */
export interface Ledger {
  readonly balanced: boolean;
  readonly round: number;
  /** `touched`: only hours that the round wrote to; the others were proven in an earlier round. */
  readonly scope: 'all' | 'touched';
  readonly partitions: readonly PartitionCounts[];
  /** Partitions whose counts do not add up. */
  readonly unbalancedPartitions: readonly string[];
  /** Only the hours that differ. */
  readonly hours: readonly HourDifference[];
  readonly totals: LedgerTotals;
  /** The newest hours that were compared, at most a month of them, in order of time. */
  readonly map: readonly HourMark[];
}

export interface LedgerInput {
  readonly round: number;
  readonly scope: 'all' | 'touched';
  readonly partitions: readonly PartitionCounts[];
  readonly base: readonly HourDigest[];
  readonly gained: readonly HourDigest[];
  readonly actual: readonly HourDigest[];
  readonly overlap: OverlapCounts;
}

type Sums = DigestSums['byKey'];

/**
 * The ledger of a replay. Counts alone prove nothing (5 lost and 5 doubled balance), so the content must
 * agree too: what the database held, and what Kafka held since, is what the database holds now.
 */
export function balance(input: LedgerInput): Ledger {
  const { round, scope, partitions } = input;
  const expected = new DigestSums().addAll(input.base).addAll(input.gained).byKey;
  const actual = new DigestSums().addAll(input.actual).byKey;
  const hours = differences(expected, actual);
  const unbalancedPartitions = partitions.filter((counts) => !addsUp(counts)).map(partitionKey);
  const total = (count: (counts: PartitionCounts) => number) =>
    partitions.reduce((sum, counts) => sum + count(counts), 0);
  return {
    map: hourMarks(input, hours),
    balanced: hours.length === 0 && unbalancedPartitions.length === 0 && isOverlapRight(input),
    round,
    scope,
    partitions,
    unbalancedPartitions,
    hours,
    totals: {
      dataRecords: total((counts) => counts.dataRecords),
      inserted: total((counts) => counts.inserted),
      tombstones: total((counts) => counts.tombstones),
      filtered: total((counts) => counts.filtered),
      quarantined: total((counts) => counts.quarantined),
      elsewhere: total((counts) => counts.elsewhere),
      held: total((counts) => counts.held),
      hours: new Set([...expected.keys(), ...actual.keys()]).size,
      rows: [...actual.values()].reduce((sum, { count }) => sum + count, 0),
    },
  };
}

const MAPPED_HOURS = 31 * 24;

function hourMarks({ gained, actual }: LedgerInput, hours: readonly HourDifference[]): HourMark[] {
  const differing = new Set(hours.map(({ hour }) => hour));
  const sums = (digests: readonly HourDigest[]) => {
    const byHour = new Map<string, number>();
    for (const { hour, count } of digests) byHour.set(hour, (byHour.get(hour) ?? 0) + count);
    return byHour;
  };
  const [held, brought] = [sums(actual), sums(gained)];
  const all = [...new Set([...held.keys(), ...brought.keys(), ...differing])].sort().slice(-MAPPED_HOURS);
  return all.map((hour) => ({
    hour,
    rows: held.get(hour) ?? 0,
    gained: brought.get(hour) ?? 0,
    differs: differing.has(hour),
  }));
}

/** For people: what was set aside is accounted for, but never called balanced. */
export function balanceText({ balanced, totals }: Pick<Ledger, 'balanced' | 'totals'>): string {
  if (!balanced) return 'NOT balanced';
  const held = totals.held === 0 ? '' : `, ${totals.held} in the dump already`;
  const told =
    totals.quarantined === 0 ? 'balanced' : `accounted for, ${totals.quarantined} records SET ASIDE`;
  return `${told}${held}`;
}

/** What was left out as held must be what content has told, row by row. */
function isOverlapRight({ partitions, overlap }: LedgerInput): boolean {
  const held = partitions.reduce((sum, counts) => sum + counts.held, 0);
  return overlap.wrong === 0 && overlap.taken === held;
}

function addsUp({ dataRecords, ...became }: PartitionCounts): boolean {
  const { inserted, tombstones, filtered, quarantined, elsewhere, held } = became;
  return dataRecords === inserted + tombstones + filtered + quarantined + elsewhere + held;
}

function differences(expected: Sums, actual: Sums): HourDifference[] {
  const keys = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return keys.flatMap((key) => {
    const should = expected.get(key);
    const is = actual.get(key);
    const { table, hour } = should ?? is ?? { table: '', hour: '' };
    if (should?.count === is?.count && should?.sum === is?.sum) return [];
    // An hour that should hold nothing and holds nothing may stand on one side only.
    if ((should?.count ?? 0) === 0 && (is?.count ?? 0) === 0) return [];
    return [{ table, hour, expected: printed(should), actual: printed(is) }];
  });
}

function printed(
  content: { readonly count: number; readonly sum: bigint } | undefined,
): HourDifference['expected'] {
  return { count: content?.count ?? 0, sum: (content?.sum ?? 0n).toString() };
}
