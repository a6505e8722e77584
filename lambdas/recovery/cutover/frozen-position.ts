import type { ConnectClient } from '../../clients/connect.ts';
import { inTransaction, type Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey, sortOffsets } from '../../offsets.ts';

/**
 * Where the stopped sink stands for the session's database: its committed offsets, read when no insert into
 * cdc_event is under way any more. The SHARE lock waits those out, and keeps a task that outlived its STOP from
 * beginning another one.
 * @param logStart of every partition that the sink reads
 * @throws DatabaseError where the lock cannot be had within 5 s or the table is not there
 */
export async function frozenPosition(
  session: Session,
  sink: { readonly connect: ConnectClient; readonly connector: string; readonly logStart: Offsets },
): Promise<Offsets> {
  return await inTransaction(session, async () => {
    await session.query(`SET LOCAL lock_timeout = '5s'`);
    await session.query('LOCK TABLE msr.cdc_event IN SHARE MODE');
    return withUncommitted(await sink.connect.offsets(sink.connector), sink.logStart);
  });
}

/**
 * Connect commits a partition once it has delivered a record of it. Where it never has, the database holds nothing
 * of the partition, so its position is the log's start.
 */
export function withUncommitted(committed: Offsets, logStart: Offsets): Offsets {
  const known = indexOffsets(committed);
  const missing = logStart.filter((entry) => !known.has(partitionKey(entry)));
  return sortOffsets([...committed, ...missing]);
}
