import { isolationEvidence, lookBack } from '../../backup/cut/isolation-evidence.ts';
import type { Isolation } from '../../clients/kafka/kafka-record.ts';
import { withSession } from '../../clients/postgres.ts';
import { indexOffsets, partitionKey } from '../../core/offsets.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import type { ReadingQuestion, ReadingTools } from './reading-tools.ts';

export interface IsolationFinding {
  /** undefined: nobody can tell. */
  readonly level?: Isolation | undefined;
  readonly faults: readonly string[];
  readonly facts: readonly string[];
}

/** Records that a plan reads to find an aborted one, where the level is not known: about two seconds. */
const MOST_RECORDS = 200_000;

/** Records of each partition behind the cut that are looked through for evidence. */
const LOOK_AHEAD = 2_000;

/**
 * The isolation level of the sink's consumer: by its connector or our setting, else by the backup, else by
 * the live table. Where nobody can tell it matters only if the log holds aborted records since the cut.
 */
export async function assessIsolation(
  question: ReadingQuestion,
  tools: ReadingTools,
): Promise<IsolationFinding> {
  const { sink, manifest } = question;
  if (sink.isolationKnown) return { level: sink.isolation, faults: [], facts: [] };
  const level = manifest.sink.isolation ?? (await levelOfTable(question, tools));
  if (level !== undefined) return { level, faults: [], facts: [] };
  const found = await firstAborted(tools);
  if (found.place === undefined) return { faults: [], facts: found.whole ? [] : [NOT_ALL] };
  return {
    faults: [
      `the log holds records of aborted transactions (${found.place}), and nobody can tell whether ${sink.connector} writes them: its connector has no consumer.override.isolation.level, so that its worker decides. Set MSR_SINK_ISOLATION_LEVEL to the worker's consumer.isolation.level (Kafka's default is read_uncommitted)`,
    ],
    facts: [],
  };
}

const NOT_ALL =
  'nobody can tell whether the sink writes records of aborted transactions; the log is too long to look for one beforehand, and the replay refuses at the first. MSR_SINK_ISOLATION_LEVEL tells it';

/**
 * By the records on both sides of the replay's start: the live table may hold what the sink has written of
 * them.
 */
async function levelOfTable(
  { connect, sink, liveUrl, isPresent }: ReadingQuestion,
  { admin, reader, signal, start, logEnd }: ReadingTools,
): Promise<Isolation | undefined> {
  if (liveUrl === undefined || !isPresent) return undefined;
  const names = [...new Set(start.map(({ topic }) => topic))];
  const committed = await connect.offsets(sink.connector);
  const from = lookBack(start, await admin.logStart(names));
  const ends = indexOffsets(logEnd);
  const until = start.map((at) => ({
    ...at,
    offset: Math.min(at.offset + LOOK_AHEAD, ends.get(partitionKey(at)) ?? at.offset),
  }));
  try {
    return await withSession(liveUrl, { purpose: 'assess sink' }, (session) =>
      isolationEvidence({ reader, session, sink, signal }, from, until, committed),
    );
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return undefined;
  }
}

async function firstAborted({
  reader,
  signal,
  start,
  logEnd,
}: ReadingTools): Promise<{ readonly place?: string; readonly whole: boolean }> {
  let read = 0;
  for await (const chunk of reader.read(start, logEnd, { isolation: 'read_committed', signal })) {
    const [aborted] = chunk.aborted ?? [];
    if (aborted !== undefined) {
      return { place: `offset ${aborted.offset} of ${partitionKey(aborted)}`, whole: true };
    }
    read += chunk.records.length;
    if (read > MOST_RECORDS) return { whole: false };
  }
  return { whole: true };
}
