import { requireKnownTopics } from '../../backup/preflight/check-sink.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { replayStart } from '../replay/replay-start.ts';
import { assessChanges } from './assess-changes.ts';
import { assessIsolation } from './assess-isolation.ts';
import type { Assessment } from './assessment.ts';
import { startOf } from './course.ts';
import { lookAtRecords, type RecordLook } from './look-at-records.ts';
import { rulesDigest } from './reading.ts';
import type { ReadingQuestion, ReadingTools } from './reading-tools.ts';

/** A plan is waited for by a person. */
const LONGEST_LOOK_MS = 120_000;

/** Looks at what decides how records become rows; changes nothing. */
export async function assessReading(question: ReadingQuestion): Promise<Assessment['reading']> {
  const { settings, manifest, sink } = question;
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const all = await admin.listTopics();
    const topics = await admin.describeTopics(sinkTopics(sink, all).filter((name) => all.includes(name)));
    const reader = await openKafkaReader(settings.kafka);
    try {
      const logEnd = await admin.logEnd(topics.map(({ name }) => name));
      const signal = AbortSignal.timeout(LONGEST_LOOK_MS);
      const tools = {
        admin,
        reader,
        signal,
        start: startOf(replayStart(manifest.cut, topics), question.course),
        logEnd,
        ids: new Map(topics.map(({ name, id }) => [name, id])),
      };
      const found = await inTime(signal, () => assessWith(question, tools));
      return { ...found, faults: [...(await topicFaults(question, tools)), ...found.faults] };
    } finally {
      await reader.close();
    }
  });
}

async function assessWith(
  question: ReadingQuestion,
  tools: ReadingTools,
): Promise<NonNullable<Assessment['reading']>> {
  const { sink, configuration } = question;
  const isolation = await assessIsolation(question, tools);
  const settled = isolation.level === undefined ? sink : withIsolation(sink, isolation.level);
  const change = await assessChanges(question, tools, settled);
  // What is read wrongly for want of a boundary is no news.
  const look =
    change.faults.length > 0
      ? undefined
      : await lookAtRecords(tools, settled, change.before, question.leaveOut);
  const boundary = change.stages.at(-1);
  return {
    rules: rulesDigest(configuration),
    ...(boundary === undefined ? {} : { boundary }),
    ...(change.stages.length < 2 ? {} : { earlier: change.stages.slice(0, -1) }),
    ...(isolation.level === undefined ? {} : { isolation: isolation.level }),
    faults: [...isolation.faults, ...change.faults, ...(look === undefined ? [] : lookFaults(look, sink))],
    facts: [...isolation.facts, ...change.facts, ...(look === undefined ? [] : lookFacts(look))],
  };
}

async function inTime<T>(signal: AbortSignal, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new OperatorError(
      `the records since the backup could not be looked at in ${LONGEST_LOOK_MS / 1000} s`,
      {
        hint: 'look at the brokers and at the network to them, and plan again; MSR_SINK_ISOLATION_LEVEL spares the longest look',
        cause,
      },
    );
  }
}

/** The sink may read a topic that we would leave out. */
async function topicFaults(
  { sink, connect, isPresent }: ReadingQuestion,
  { admin, start }: ReadingTools,
): Promise<string[]> {
  if (!isPresent) return [];
  const names = [...new Set(start.map(({ topic }) => topic))];
  try {
    await requireKnownTopics(sink, names, await connect.offsets(sink.connector), admin);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [`${error.message}: ${error.hint}`];
  }
}

function withIsolation(sink: SinkConfig, isolation: SinkConfig['isolation']): SinkConfig {
  return { ...sink, isolation, isolationKnown: true };
}

/**
 * Only a sink whose worker names the converter can turn out to read something else; one that
 * reads nothing is no sink.
 */
function lookFaults(
  { looked, unreadable, noEnvelope, refused, first }: RecordLook,
  { converter, connector }: SinkConfig,
): string[] {
  if (converter === 'worker' && noEnvelope !== undefined) {
    return [
      `connector ${connector} has no value.converter of its own, and the record at ${noEnvelope} is no JSON with a schema: whichever the worker's is, msr does not read it`,
    ];
  }
  if (refused !== undefined) return [refused];
  if (looked === 0 || unreadable < looked) return [];
  return [`none of the ${looked} records looked at can be read: ${first}`];
}

function lookFacts(look: RecordLook): string[] {
  return [...unreadableFacts(look), ...leftOutFacts(look)];
}

/**
 * A few of each partition: what the skips meet is told by the replay alone, but on-call sees a slip at once.
 */
function leftOutFacts({ events, leftOut }: RecordLook): string[] {
  if (leftOut === undefined) return [];
  const which = 'events looked at (the first and the last of each partition)';
  if (leftOut < events || events === 0) return [`of ${events} ${which} ${leftOut} would be set aside`];
  return [`ALL of ${events} ${which} would be set aside: where that is not meant, name less`];
}

function unreadableFacts({ looked, unreadable, first }: RecordLook): string[] {
  if (unreadable === 0 || unreadable === looked) return [];
  return [
    `of ${looked} records looked at (the first and the last of each partition) ${unreadable} could not be read: ${first}. They would be set aside, and the recovery would not be a whole one`,
  ];
}
