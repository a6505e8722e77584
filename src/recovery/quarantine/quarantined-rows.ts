import type { Session } from '../../clients/postgres.ts';
import { parseOffset, partitionKey, type TopicPartition } from '../../core/offsets.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import { parseHeaders, type SetAsideRecord } from './set-aside-record.ts';

/** How many records of each partition are set aside, by the counts that the ledger goes by. */
export async function readQuarantinedCounts(
  session: Session,
): Promise<Array<TopicPartition & { readonly records: number }>> {
  const { rows } = await session.query<TopicPartition & { records: string }>(
    `SELECT topic, partition, quarantined AS records FROM ${RECOVERY_SCHEMA}.progress
     WHERE quarantined > 0 ORDER BY topic, partition`,
  );
  return rows.map((row) => ({ ...row, records: parseOffset(row.records) }));
}

/** Rows of one answer: by number, and by the bytes of their values, since a state may be 200 KB. */
const PAGE = { rows: 1_000, bytes: 4 << 20 } as const;

/**
 * What is set aside of some partitions, in order, page by page.
 * @param after by partition, the last offset that is left out of it
 */
export async function* quarantinedRows(
  session: Session,
  partitions: readonly TopicPartition[],
  after: ReadonlyMap<string, number>,
): AsyncGenerator<SetAsideRecord> {
  for (const { topic, partition } of partitions) {
    let last = after.get(partitionKey({ topic, partition })) ?? -1;
    for (;;) {
      const page = await readPage(session, { topic, partition }, last);
      yield* page;
      const end = page.at(-1);
      if (end === undefined) break;
      last = end.offset;
    }
  }
}

type PageRow = Pick<SetAsideRecord, 'kind' | 'reason' | 'value' | 'key'> & {
  readonly offset: string;
  readonly timestamp: string | null;
  readonly headers: string | null;
};

/** The first one whole, however large it is. */
async function readPage(
  session: Session,
  { topic, partition }: TopicPartition,
  after: number,
): Promise<SetAsideRecord[]> {
  const { rows } = await session.query<PageRow>(
    `SELECT record_offset AS "offset", kind, reason, value, key, headers, record_timestamp AS timestamp
     FROM (SELECT *, sum(coalesce(octet_length(value), 0)) OVER (ORDER BY record_offset)
                     - coalesce(octet_length(value), 0) AS bytes_before
           FROM (SELECT * FROM ${RECOVERY_SCHEMA}.quarantine
                 WHERE topic = $1 AND partition = $2 AND record_offset > $3
                 ORDER BY record_offset LIMIT $4) AS next) AS summed
     WHERE bytes_before < $5 ORDER BY record_offset`,
    [topic, partition, after, PAGE.rows, PAGE.bytes],
  );
  return rows.map(({ offset, timestamp, headers, ...row }) => ({
    ...{ topic, partition, offset: parseOffset(offset), ...row },
    timestamp: timestamp === null ? undefined : BigInt(timestamp),
    headers: headers === null ? undefined : parseHeaders(headers),
  }));
}
