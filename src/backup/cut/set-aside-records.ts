import { createHash } from 'node:crypto';
import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { Session } from '../../clients/postgres.ts';
import {
  indexOffsets,
  type Offsets,
  parseOffset,
  partitionKey,
  type TopicPartition,
} from '../../core/offsets.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';

/** Whether a recovery has set this record aside: the database rightly lacks its row. */
export type IsSetAside = (record: KafkaRecord) => boolean;

/**
 * The records of these ranges that the recovery which built the database has set aside. Compared by content,
 * too: a topic that was created anew has other records at the same offsets.
 * @param session none is known where its user may not read them: then rows are missed, and the backup says so
 */
export async function readSetAside(session: Session, from: Offsets, until: Offsets): Promise<IsSetAside> {
  const { rows: known } = await session.query<{ readable: boolean }>(
    // By oid: a name can be looked up only by who may use its schema.
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = 'quarantine'`,
    [RECOVERY_SCHEMA],
  );
  if (known[0]?.readable !== true) return () => false;
  const ends = indexOffsets(until);
  const { rows } = await session.query<TopicPartition & { offset: string; sha256: string }>(
    `SELECT q.topic, q.partition, q.record_offset AS "offset", encode(sha256(coalesce(q.value, '')), 'hex') AS sha256
     FROM ${RECOVERY_SCHEMA}.quarantine AS q
     JOIN unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS asked (topic, partition, first, behind)
       ON q.topic = asked.topic AND q.partition = asked.partition
      AND q.record_offset >= asked.first AND q.record_offset < asked.behind`,
    [
      from.map(({ topic }) => topic),
      from.map(({ partition }) => partition),
      from.map(({ offset }) => offset),
      from.map((at) => ends.get(partitionKey(at)) ?? at.offset),
    ],
  );
  if (rows.length === 0) return () => false;
  const held = new Map(rows.map((row) => [placeOf(row, parseOffset(row.offset)), row.sha256]));
  return (record) => held.get(placeOf(record, record.offset)) === digestOf(record);
}

function placeOf(partition: TopicPartition, offset: number): string {
  return `${partitionKey(partition)}@${offset}`;
}

function digestOf({ value }: KafkaRecord): string {
  return createHash('sha256')
    .update(value ?? '')
    .digest('hex');
}
