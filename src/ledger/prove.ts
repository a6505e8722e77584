import { LEAVE_RESTORING_SQL, type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { parseOffset } from '../core/offsets.ts';
import { RECOVERY_SCHEMA } from '../live/recovery-schema.ts';
import { digestKey, type HourDigest } from './digest.ts';
import { hoursCondition } from './hour-ranges.ts';
import { balance, type Ledger, type OverlapCounts, type PartitionCounts } from './ledger.ts';
import { readDigests, readNewDigests } from './read-digests.ts';
import { readNoted } from './read-noted.ts';

export interface ProveOptions {
  /**
   * `touched`: the hours that the round wrote to; what nobody wrote to since an earlier round's proof
   * needs none. `all`: every hour of the table.
   */
  readonly hours: 'all' | 'touched';
  readonly round: number;
  /**
   * Hashes of touched hours only what was written since this transaction, which began the round
   * on proven rows (next-round.ts). What is older is counted: nobody else writes, and a row that
   * was changed is a new one.
   */
  readonly since?: string;
}

/**
 * Proves a round of the replay against the database itself, in one snapshot of it.
 * @param session to the recovered database: timescaledb.restoring, where it is on (and the user a
 *   superuser), is switched off for the reading, since compressed chunks are invisible with it
 */
export async function prove(session: Session, { since, ...options }: ProveOptions): Promise<Ledger> {
  if (since === undefined) return await proveWith(session, options, readActual);
  try {
    return await proveWith(session, options, (own, touched, base) => readSince(own, touched, base, since));
  } catch (error) {
    // A late event went into a compressed chunk (TimescaleDB: 'only supports tableoid system column').
    if (sqlState(error) !== SqlState.invalidColumnReference) throw error;
    return await proveWith(session, options, readActual);
  }
}

type ReadActual = (
  session: Session,
  touched: readonly string[] | undefined,
  base: readonly HourDigest[],
) => Promise<HourDigest[]>;

async function proveWith(
  session: Session,
  { hours, round }: Omit<ProveOptions, 'since'>,
  read: ReadActual,
): Promise<Ledger> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await session.query(LEAVE_RESTORING_SQL);
    const gained = await readNoted(session, 'gained', round);
    const touched = hours === 'touched' ? [...new Set(gained.map(({ hour }) => hour))] : undefined;
    const base = await readNoted(session, 'base_digest', round, touched);
    return balance({
      round,
      scope: hours,
      partitions: await readCounts(session),
      overlap: await readOverlap(session),
      base,
      gained,
      actual: await read(session, touched, base),
    });
  } finally {
    // Nothing was written; a broken connection has its own error to tell.
    await session.query('ROLLBACK').catch(() => {});
  }
}

async function readCounts(session: Session): Promise<PartitionCounts[]> {
  const { rows } = await session.query<
    Record<keyof Omit<PartitionCounts, 'topic'>, string> & { topic: string }
  >(
    `SELECT topic, partition, start_offset AS start, next_offset AS "end", data_records AS "dataRecords",
            inserted, tombstones, filtered, quarantined, elsewhere, held
     FROM ${RECOVERY_SCHEMA}.progress ORDER BY topic, partition`,
  );
  return rows.map((row) => ({
    topic: row.topic,
    partition: parseOffset(row.partition),
    start: parseOffset(row.start),
    end: parseOffset(row.end),
    dataRecords: parseOffset(row.dataRecords),
    inserted: parseOffset(row.inserted),
    tombstones: parseOffset(row.tombstones),
    filtered: parseOffset(row.filtered),
    quarantined: parseOffset(row.quarantined),
    elsewhere: parseOffset(row.elsewhere),
    held: parseOffset(row.held),
  }));
}

/** A content's first records are held, as many as the dump has rows that no record before them owns. */
async function readOverlap(session: Session): Promise<OverlapCounts> {
  const { rows } = await session.query<{ taken: string; wrong: string }>(
    `SELECT coalesce(sum(taken), 0)::text AS taken,
            count(*) FILTER (WHERE taken <> least(records, greatest(dump_rows - twins, 0)))::text AS wrong
     FROM ${RECOVERY_SCHEMA}.overlap`,
  );
  return { taken: parseOffset(rows[0]?.taken ?? '0'), wrong: parseOffset(rows[0]?.wrong ?? '0') };
}

async function readActual(session: Session, hours: readonly string[] | undefined): Promise<HourDigest[]> {
  if (hours?.length === 0) return [];
  return await readDigests(session, hours === undefined ? undefined : hoursCondition(hours));
}

/** The proven rows stand for themselves, as long as they are as many as they were. */
async function readSince(
  session: Session,
  hours: readonly string[] | undefined,
  base: readonly HourDigest[],
  since: string,
): Promise<HourDigest[]> {
  if (hours?.length === 0) return [];
  const where = hours === undefined ? 'true' : hoursCondition(hours);
  const proven = new Map(base.map((digest) => [digestKey(digest), BigInt(digest.sum)]));
  const found = await readNewDigests(session, where, since);
  return found.map((digest) => ({
    ...digest,
    sum: String((proven.get(digestKey(digest)) ?? 0n) + BigInt(digest.sum)),
  }));
}
