import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { poll } from '../../core/poll.ts';
import { eventHash } from '../../ledger/digest.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { earliestKept, isExpected } from './check-offsets.ts';
import { countHeldRows } from './held-rows.ts';
import { SAMPLE } from './offset-sample.ts';

export interface ResetQuestion {
  readonly reader: KafkaReader;
  /** On the database that the sink writes to. */
  readonly session: Session;
  readonly sink: SinkConfig;
  /** It may commit while it is waited for. */
  readonly running: boolean;
  readonly signal: AbortSignal;
}

/** Where a partition without a commit begins and ends. */
export interface UncommittedPartitions {
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
}

/** A running sink commits what it has delivered once a minute (offset.flush.interval.ms of its worker). */
const FIRST_COMMIT_MS = 75_000;

/**
 * An offset that nobody committed is not known: a sink with auto.offset.reset=earliest is at the log's start,
 * one with latest wherever the end was when it began. Where its connector does not say which, the table must
 * hold the first records of every such partition, or the backup would have to guess.
 * @param uncommitted asks again which partitions have no commit and are not empty: a sink that runs goes on
 * @throws OperatorError
 */
export async function requireKnownBegin(
  question: ResetQuestion,
  uncommitted: () => Promise<UncommittedPartitions>,
): Promise<void> {
  const { sink, running, signal } = question;
  if (sink.offsetReset !== undefined) return;
  let unknown: Offsets = [];
  const known = await poll(
    async () => {
      unknown = await withoutRows(question, await uncommitted());
      return unknown.length === 0 ? true : undefined;
    },
    { deadlineMs: running ? FIRST_COMMIT_MS : 0, intervalMs: 500, signal },
  );
  const [first] = unknown;
  if (known === true || first === undefined) return;
  throw new OperatorError(
    `${sink.connector} has committed no offset of ${unknown.length} partitions that hold records (${partitionKey(first)} is one), and the table holds none of the first: where the sink begins there, its connector does not say`,
    {
      hint: "set consumer.override.auto.offset.reset in the connector to what its worker has (Kafka Connect's default is earliest); or take the backup once it has committed there",
    },
  );
}

/** Those whose first event the table does not hold; one without an event that it must hold tells nothing. */
async function withoutRows(
  { reader, session, sink, signal }: ResetQuestion,
  { logStart, logEnd }: UncommittedPartitions,
): Promise<Offsets> {
  const ends = indexOffsets(logEnd);
  const until = logStart.map((at) => ({
    ...at,
    offset: Math.min(at.offset + SAMPLE, ends.get(partitionKey(at)) ?? at.offset),
  }));
  const decode = recordDecoder(sink);
  const earliest = await earliestKept(session);
  const first = new Map<string, bigint>();
  const events = [];
  for await (const chunk of reader.read(logStart, until, { isolation: 'read_committed', signal })) {
    for (const record of chunk.records) {
      const decoded = decode(record);
      const key = partitionKey(chunk);
      if (decoded.kind !== 'event' || !isExpected(decoded.event, earliest) || first.has(key)) continue;
      first.set(key, eventHash(decoded.event));
      events.push(decoded.event);
    }
  }
  const rows = await countHeldRows(session, events);
  return logStart.filter((at) => {
    const hash = first.get(partitionKey(at));
    return hash !== undefined && !rows.has(hash);
  });
}

/** Which partitions have records and no commit. Pure. */
export function uncommittedPartitions(
  committed: Offsets,
  { logStart, logEnd }: UncommittedPartitions,
): UncommittedPartitions {
  const known = indexOffsets(committed);
  const ends = indexOffsets(logEnd);
  const open = logStart.filter(
    (at) => !known.has(partitionKey(at)) && (ends.get(partitionKey(at)) ?? 0) > at.offset,
  );
  const keys = new Set(open.map(partitionKey));
  return { logStart: open, logEnd: logEnd.filter((at) => keys.has(partitionKey(at))) };
}
