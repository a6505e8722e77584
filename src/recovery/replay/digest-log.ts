import { type KafkaAdmin, openKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { type KafkaReader, openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { compareLogTails, requireSameLog } from '../../clients/kafka/log-tail.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { eventHash, type HourDigest } from '../../ledger/digest.ts';
import { DigestSums } from '../../ledger/digest-sums.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { checkStart } from './check-start.ts';
import { hourOfEvent } from './gained.ts';
import { isolationOf, refuseAborted } from './isolation.ts';
import type { ReplayInput } from './replay-input.ts';
import { stageEnd } from './stage-end.ts';

/** The records since a cut, to be digested; nothing is written. */
export interface LogSinceCut {
  /** Where the log ends now. */
  ends(): Promise<Offsets>;
  /** What the rows of the records in [from, to) hold, per table and hour. */
  digest(from: Offsets, to: Offsets): Promise<HourDigest[]>;
  close(): Promise<void>;
}

/**
 * @throws OperatorError where the cut is not in the log: below it (retention), or beyond its end (topic
 *   created anew), or is inexact; LogRewrittenError
 */
export async function openLogSinceCut(
  { settings, signal }: Pick<RecoveryContext, 'settings' | 'signal'>,
  input: ReplayInput,
): Promise<LogSinceCut> {
  if (input.overlap !== undefined) throw inexactCut();
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const kafka = await openKafkaAdmin(settings.kafka);
    closers.push(() => kafka.close());
    const reader = await openKafkaReader(settings.kafka);
    closers.push(() => reader.close());
    const topics = sinkTopics(input.sink, await kafka.listTopics());
    await requireLog(input, { kafka, reader }, topics, signal);
    return {
      ends: () => kafka.logEnd(topics),
      digest: (from, to) => digestStages({ reader, signal }, input, from, to),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Digests tell no row of the dump from a record of the overlap. */
function inexactCut(): OperatorError {
  return new OperatorError(
    "the backup's cut is inexact: what it holds of Kafka's records no digest can tell",
    {
      hint: 'a recovery from it drops the overlap by content; to compare all events take a backup with a pause',
    },
  );
}

async function requireLog(
  { start, tails }: ReplayInput,
  tools: { readonly kafka: KafkaAdmin; readonly reader: KafkaReader },
  topics: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { kafka } = tools;
  const bounds = { logStart: await kafka.logStart(topics), logEnd: await kafka.logEnd(topics) };
  checkStart(start, bounds.logStart, bounds.logEnd);
  requireSameLog(
    await compareLogTails(tools, tails, bounds, signal),
    'what the backup holds and what the log holds do not follow each other',
  );
}

type Reading = Pick<RecoveryContext, 'signal'> & { readonly reader: KafkaReader };

/** By the sinks of then up to their boundaries, by today's from there on. */
async function digestStages(
  reading: Reading,
  { sink, before }: ReplayInput,
  from: Offsets,
  to: Offsets,
): Promise<HourDigest[]> {
  const sums = new DigestSums();
  let at = from;
  for (const stage of before) {
    const end = stageEnd(at, stage.until, to).to;
    await digestRecords(reading, stage.sink, { from: at, to: end, sums });
    at = end;
  }
  await digestRecords(reading, sink, { from: at, to, sums });
  return sums.toDigests();
}

async function digestRecords(
  { reader, signal }: Reading,
  sink: SinkConfig,
  { from, to, sums }: { readonly from: Offsets; readonly to: Offsets; readonly sums: DigestSums },
): Promise<void> {
  const decode = recordDecoder(sink);
  for await (const chunk of reader.read(from, to, { isolation: isolationOf(sink), signal })) {
    refuseAborted(chunk, sink);
    for (const record of chunk.records) {
      const decoded = decode(record);
      if (decoded.kind === 'event') sums.add(hourOfEvent(decoded.event), 1, eventHash(decoded.event));
    }
  }
}
