import type { ConnectClient } from '../../clients/connect.ts';
import { requireCapableWorker } from '../../clients/connect-version.ts';
import { type KafkaAdmin, withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { compareLogTails, type LogComparison, type LogTails } from '../../clients/kafka/log-tail.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { replayStart } from '../replay/replay-start.ts';
import type { Assessment } from './assessment.ts';
import { compareLog, type LogContent, type WayAround } from './compare-log.ts';
import { STRAIGHT } from './course.ts';
import { firstRecords } from './first-records.ts';
import type { LogBegin } from './loss.ts';

/** A few records of each partition: whoever waits longer has met a broker that does not answer. */
const TAILS_TIMEOUT_MS = 60_000;

export interface SinkFinding {
  readonly sink: Assessment['sink'];
  /** Both absent where it is not understood, or Connect does not answer: then nothing can be recovered. */
  readonly config?: SinkConfig;
  /** The configuration as Connect holds it. */
  readonly configuration?: Readonly<Record<string, string>>;
}

/** The sink as Kafka Connect has it; what keeps it from being replayed is a fact, not an error. */
export async function assessSink(
  connect: ConnectClient,
  { sinkConnector: connector, sinkIsolation: isolation }: Settings,
): Promise<SinkFinding> {
  let state = 'unreachable';
  try {
    const configuration = await connect.config(connector);
    state = (await connect.status(connector)).connector;
    await requireCapableWorker(connect);
    const config = parseSinkConfig(connector, configuration, { isolation });
    const sink = { connector, state, understood: true, facts: [`${connector} is ${state}`] };
    return { sink, config, configuration };
  } catch (error) {
    return { sink: { connector, state, understood: false, facts: [factOf(error)] } };
  }
}

/** What the log is like now; undefined, with the fact, where no broker answers. */
export interface LogFinding {
  readonly log: Assessment['log'];
  /** For the comparison with the cuts of other backups; absent where no broker answers. */
  readonly content?: LogContent;
}

/** Kafka's log against the cut; what keeps it from being replayed is a fact, not an error. */
export async function assessLog(
  settings: Settings,
  manifest: Manifest,
  config: SinkConfig | undefined,
): Promise<LogFinding> {
  try {
    return await compare(settings, manifest, config);
  } catch (error) {
    const fact = factOf(error);
    const log: Assessment['log'] = {
      ...{ state: 'unreachable', topics: [], unidentified: [], unknown: [], records: 0 },
      headroomSeconds: null,
      around: { ...STRAIGHT, anew: [], absent: [], obstacles: [fact], begins: [] },
      facts: [fact],
    };
    return { log };
  }
}

async function compare(
  settings: Settings,
  { cut }: Manifest,
  config: SinkConfig | undefined,
): Promise<LogFinding> {
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const all = await admin.listTopics();
    const names =
      config === undefined
        ? cut.topics.map(({ name }) => name).filter((name) => all.includes(name))
        : sinkTopics(config, all);
    const topics = await admin.describeTopics(names);
    const content = {
      topics,
      logStart: await admin.logStart(names),
      logEnd: await admin.logEnd(names),
      retention: await admin.topicSettings(names),
    };
    const compared = await compareTails(settings, admin, cut.tails ?? [], content);
    const found = compareLog(cut, replayStart(cut, topics), { ...content, ...compared }, Date.now());
    const log = {
      ...found,
      around: { ...found.around, begins: await readBegins(settings, found.around, content.logEnd) },
      topics: topics.map(({ name, id, partitions }) => ({ name, id, partitions: partitions.length })),
    };
    return { log, content };
  });
}

/** When the records were written that stand first where a replay would begin off the cut. */
async function readBegins(
  settings: Pick<Settings, 'kafka'>,
  { starts }: Pick<WayAround, 'starts'>,
  logEnd: Offsets,
): Promise<LogBegin[]> {
  if (starts.length === 0) return [];
  const reader = await openKafkaReader(settings.kafka);
  try {
    return await firstRecords(reader, starts, logEnd, AbortSignal.timeout(TAILS_TIMEOUT_MS));
  } finally {
    await reader.close();
  }
}

async function compareTails(
  settings: Pick<Settings, 'kafka'>,
  kafka: KafkaAdmin,
  tails: LogTails,
  bounds: Parameters<typeof compareLogTails>[2],
): Promise<LogComparison> {
  if (tails.length === 0) return { rewritten: [], unknown: [] };
  const reader = await openKafkaReader(settings.kafka);
  try {
    return await compareLogTails({ reader, kafka }, tails, bounds, AbortSignal.timeout(TAILS_TIMEOUT_MS));
  } finally {
    await reader.close();
  }
}

/** An operator's fact; anything else is a fault of ours and no state of the world. */
function factOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  throw error;
}
