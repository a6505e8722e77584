import type { HourDigest } from './digest.ts';

/** Counts of one partition over [start, end): data records come from the reader, the rest from decoder and writer. */
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
}

/** An hour of a table where what there should be (base + gained) is not what there is. */
export interface HourDifference {
  readonly table: string;
  readonly hour: string;
  readonly expected: { readonly count: number; readonly sum: string };
  readonly actual: { readonly count: number; readonly sum: string };
}

export interface LedgerTotals {
  readonly dataRecords: number;
  readonly inserted: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly quarantined: number;
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
}

export interface LedgerInput {
  readonly round: number;
  readonly scope: 'all' | 'touched';
  readonly partitions: readonly PartitionCounts[];
  readonly base: readonly HourDigest[];
  readonly gained: readonly HourDigest[];
  readonly actual: readonly HourDigest[];
}
