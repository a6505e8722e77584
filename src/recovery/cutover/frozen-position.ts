import { writtenPositions } from '../../backup/cut/written-ahead.ts';
import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { tailsIfReadable } from '../../clients/kafka/log-tail.ts';
import { inTransaction, type Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey, sameOffsets, sortOffsets } from '../../core/offsets.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import type { FrozenSink } from '../../freeze/freeze.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { CannotUndoError } from './cut-over-errors.ts';

/** What is asked where a stopped sink stands. */
export interface SinkTools {
  readonly connect: ConnectClient;
  readonly kafkaAdmin: Pick<KafkaAdmin, 'logStart' | 'logEnd'>;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  readonly topics: readonly string[];
}

/** Where the sink stands, or why that cannot be told. */
export type FrozenPosition = { readonly offsets: Offsets } | { readonly why: string };

/**
 * Where the stopped sink stands for the session's database: what that database truly holds, which is more
 * than the sink has committed where its STOP was not clean. Then the sink is set to it before it runs again,
 * lest the database gets those events twice; the marker of a cutover goes before it.
 * @returns the position, or why it cannot be told: a database that is damaged or that somebody keeps locked
 */
export async function frozenPosition(
  ctx: Pick<RecoveryContext, 'signal' | 'progress'>,
  tools: SinkTools,
  session: Session,
  frozen: FrozenSink,
): Promise<FrozenPosition> {
  try {
    const { committed, written } = await positions(ctx, tools, session);
    if (!sameOffsets(committed, written)) {
      ctx.progress.note('the sink had written more than it committed: its offsets are corrected');
      const { kafkaAdmin: kafka, reader } = tools;
      await frozen.correctOffsets(written, await tailsIfReadable({ kafka, reader }, written, ctx));
    }
    return { offsets: written };
  } catch (error) {
    // An OperatorError: the sink's offsets and what the database holds have nothing to do with each other.
    if (!(isDatabaseFailure(error) || error instanceof OperatorError)) throw error;
    return { why: `the database cannot tell where the sink stood for it: ${describeError(error)}` };
  }
}

/**
 * Under a SHARE lock, which waits out open inserts and keeps a task that outlived its
 * STOP from beginning another.
 */
async function positions(
  { signal }: Pick<RecoveryContext, 'signal'>,
  { connect, kafkaAdmin, reader, sink, topics }: SinkTools,
  session: Session,
): Promise<{ readonly committed: Offsets; readonly written: Offsets }> {
  return await inTransaction(session, async () => {
    await session.query(`SET LOCAL lock_timeout = '5s'`);
    // ONLY: every insert locks the hypertable, while locks on chunks would wait for a
    // compression or an autovacuum.
    await session.query('LOCK TABLE ONLY msr.cdc_event IN SHARE MODE');
    const [logStart, logEnd] = await Promise.all([kafkaAdmin.logStart(topics), kafkaAdmin.logEnd(topics)]);
    const committed = withUncommitted(
      await connect.offsets(sink.connector),
      logStart,
      sink.offsetReset === 'latest' ? logEnd : logStart,
    );
    const written = await writtenPositions({ reader, sink, session, logStart, signal }, committed, logEnd);
    return { committed, written };
  });
}

/**
 * A database that could not be marked when it was put aside holds events beyond its marker: fed from
 * there, it would get them twice.
 * @throws CannotUndoError
 */
export async function requireNothingBeyond(
  { signal }: Pick<RecoveryContext, 'signal'>,
  { kafkaAdmin, reader, sink, topics }: SinkTools,
  session: Session,
  marked: Offsets,
): Promise<void> {
  const [logStart, logEnd] = await Promise.all([kafkaAdmin.logStart(topics), kafkaAdmin.logEnd(topics)]);
  const written = await writtenPositions({ reader, sink, session, logStart, signal }, marked, logEnd);
  if (sameOffsets(marked, written)) return;
  throw new CannotUndoError('the returning database holds events beyond the position that is noted in it', {
    hint: 'it could not be marked when it was put aside; a new recovery from a backup is the way back',
  });
}

/**
 * The position of every partition that the sink reads. Connect commits a partition once it has delivered a
 * record of it; where it never has, the database holds nothing of the partition, so its position is where the
 * sink would begin: the log's start, or its end with auto.offset.reset=latest.
 * What retention has taken from a sink that stood still for long, the sink cannot read either.
 */
export function withUncommitted(committed: Offsets, logStart: Offsets, begin: Offsets = logStart): Offsets {
  const known = indexOffsets(committed);
  const beginOf = indexOffsets(begin);
  return sortOffsets(
    logStart.map((start) => ({
      ...start,
      offset: Math.max(known.get(partitionKey(start)) ?? beginOf.get(partitionKey(start)) ?? 0, start.offset),
    })),
  );
}
