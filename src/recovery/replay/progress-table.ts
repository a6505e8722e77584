import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, parseOffset, partitionKey, sortOffsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { digestKey, type HourDigest } from '../../ledger/digest.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import { headersText } from '../quarantine/set-aside-record.ts';
import type { BatchRow, PartitionStep } from './batch.ts';
import type { QuarantinedRecord } from './quarantined-record.ts';

/** Where every partition stands, by the last committed batch. */
export async function readPositions(session: Session): Promise<Offsets> {
  return await readOffsets(session, 'next_offset');
}

async function readOffsets(session: Session, column: 'start_offset' | 'next_offset'): Promise<Offsets> {
  const { rows } = await session.query<{ topic: string; partition: number; value: string }>(
    `SELECT topic, partition, ${column}::text AS value FROM ${RECOVERY_SCHEMA}.progress`,
  );
  return sortOffsets(
    rows.map(({ topic, partition, value }) => ({ topic, partition, offset: parseOffset(value) })),
  );
}

/**
 * Enters partitions that are not known yet at their start; known ones stay where they are.
 * @throws OperatorError where a known one was begun elsewhere: this database was built from another cut
 */
export async function enterStart(session: Session, start: Offsets): Promise<void> {
  await enterPartitions(session, start);
  const begun = indexOffsets(await readOffsets(session, 'start_offset'));
  const other = start.find((wanted) => begun.get(partitionKey(wanted)) !== wanted.offset);
  if (other === undefined) return;
  throw new OperatorError(
    `${partitionKey(other)} is being replayed from ${begun.get(partitionKey(other))}, not from ${other.offset}: the recovered database was built from another backup`,
    { hint: 'name the backup that the recovery was started with, or start a new recovery' },
  );
}

/** Enters partitions that are not known yet. */
export async function enterPartitions(session: Session, start: Offsets): Promise<void> {
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.progress (topic, partition, start_offset, next_offset)
     SELECT topic, partition, start, start
     FROM unnest($1::text[], $2::int[], $3::bigint[]) AS new (topic, partition, start)
     ON CONFLICT DO NOTHING`,
    [start.map((s) => s.topic), start.map((s) => s.partition), start.map((s) => s.offset)],
  );
}

/** The ledger's round that the next batches count for. */
export async function readRound(session: Session): Promise<number> {
  const { rows } = await session.query<{ round: number }>(
    `SELECT coalesce(max(round), 1)::int AS round FROM ${RECOVERY_SCHEMA}.recovery`,
  );
  return rows[0]?.round ?? 1;
}

/** What became of a batch's events. */
export interface Became {
  readonly inserted: readonly BatchRow[];
  readonly quarantined: readonly QuarantinedRecord[];
  /** In the dump already. */
  readonly held: readonly BatchRow[];
}

/**
 * Moves the partitions on, each from where this batch found it.
 * @throws OperatorError where one stands elsewhere: somebody else has replayed
 */
export async function advance(
  session: Session,
  steps: readonly PartitionStep[],
  became: Became,
): Promise<void> {
  const inserted = countBy(became.inserted, ({ step }) => step);
  const held = countBy(became.held, ({ step }) => step);
  const kept = countBy(became.quarantined, ({ record }) => partitionKey(record));
  const { rowCount } = await session.query(
    `UPDATE ${RECOVERY_SCHEMA}.progress AS p
     SET next_offset = s.next, data_records = p.data_records + s.data_records, inserted = p.inserted + s.inserted,
         tombstones = p.tombstones + s.tombstones, filtered = p.filtered + s.filtered,
         quarantined = p.quarantined + s.quarantined, elsewhere = p.elsewhere + s.elsewhere,
         held = p.held + s.held
     FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                 $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
       AS s (topic, partition, "from", next, data_records, inserted, tombstones, filtered, quarantined, elsewhere,
             held)
     WHERE p.topic = s.topic AND p.partition = s.partition AND p.next_offset = s."from"`,
    [
      steps.map((s) => s.topic),
      steps.map((s) => s.partition),
      steps.map((s) => s.from),
      steps.map((s) => s.next),
      steps.map((s) => s.dataRecords),
      steps.map((s) => inserted.get(s) ?? 0),
      steps.map((s) => s.tombstones),
      steps.map((s) => s.filtered),
      steps.map((s) => kept.get(partitionKey(s)) ?? 0),
      steps.map((s) => s.elsewhere),
      steps.map((s) => held.get(s) ?? 0),
    ],
  );
  if (rowCount === steps.length) return;
  throw new OperatorError('the replay does not stand where this replayer left it: another one has written', {
    hint: 'see `SELECT * FROM msr_recovery.progress` and who else is connected; then run the recovery again',
  });
}

/**
 * Adds a batch's digests to the round's. In one order, so that lanes which add to the same hours wait
 * for each other, and never in a circle.
 */
export async function addDigests(
  session: Session,
  relation: 'gained' | 'elsewhere',
  round: number,
  digests: readonly HourDigest[],
): Promise<void> {
  const ordered = digests.toSorted((a, b) => (digestKey(a) < digestKey(b) ? -1 : 1));
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.${relation} AS g (round, table_name, hour, count, sum)
     SELECT $1, d.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::numeric[]) AS d
     ON CONFLICT (round, table_name, hour) DO UPDATE SET count = g.count + excluded.count, sum = g.sum + excluded.sum`,
    [
      round,
      ordered.map((d) => d.table),
      ordered.map((d) => d.hour),
      ordered.map((d) => d.count),
      ordered.map((d) => d.sum),
    ],
  );
}

/** Keeps records that are set aside, as they were, in the transaction that counts them. */
export async function quarantine(session: Session, records: readonly QuarantinedRecord[]): Promise<void> {
  if (records.length === 0) return;
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.quarantine
       (topic, partition, record_offset, kind, reason, value, key, headers, record_timestamp)
     SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
                          $8::text[], $9::bigint[])`,
    [
      records.map(({ record }) => record.topic),
      records.map(({ record }) => record.partition),
      records.map(({ record }) => record.offset),
      records.map(({ kind }) => kind),
      records.map(({ reason }) => reason),
      records.map(({ record }) => record.value),
      records.map(({ record }) => record.key),
      records.map(({ record }) => headersText(record)),
      records.map(({ record }) => record.timestamp),
    ],
  );
}

function countBy<Entry, Key>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => Key,
): ReadonlyMap<Key, number> {
  const counts = new Map<Key, number>();
  for (const entry of entries) {
    const key = keyOf(entry);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
