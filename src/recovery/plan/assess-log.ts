import { type KafkaAdmin, withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { KafkaAdminError } from '../../clients/kafka/kafka-admin-error.ts';
import { isDenied } from '../../clients/kafka/kafka-denied.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { compareLogTails, type LogComparison, type LogTails } from '../../clients/kafka/log-tail.ts';
import type { Offsets } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { replayStart } from '../replay/replay-start.ts';
import { factOf } from './assess-sink.ts';
import type { Assessment } from './assessment.ts';
import { compareLog, type LogContent, type WayAround } from './compare-log.ts';
import { STRAIGHT } from './course.ts';
import { firstRecords } from './first-records.ts';
import type { LogBegin } from './loss.ts';

/** A few records of each partition: whoever waits longer has met a broker that does not answer. */
const TAILS_TIMEOUT_MS = 60_000;

/** What the log is like now; undefined, with the fact, where no broker answers. */
export interface LogFinding {
  readonly log: Assessment['log'];
  /** For the comparison with the cuts of other backups; absent where no broker answers. */
  readonly content?: LogContent;
  /** Every topic of the cluster, likewise. */
  readonly all?: readonly string[];
}

/** Kafka's log against the cut; what keeps it from being replayed is a fact, not an error. */
export async function assessLog(
  settings: Settings,
  { cut }: Manifest,
  config: SinkConfig | undefined,
  reached: Offsets = [],
): Promise<LogFinding> {
  try {
    return await compare(settings, { ...cut, reached }, config);
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
  cut: Manifest['cut'] & { readonly reached: Offsets },
  config: SinkConfig | undefined,
): Promise<LogFinding> {
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const all = await admin.listTopics();
    const wanted = config === undefined ? cut.topics.map(({ name }) => name) : sinkTopics(config, all);
    const names = wanted.filter((name) => all.includes(name));
    for (const name of wanted) if (!all.includes(name)) await requireAbsent(admin, name);
    const topics = await admin.describeTopics(names);
    const content = {
      ...{ topics, cluster: all },
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
    return { log, content, all };
  });
}

/**
 * A topic that is not in the list may be one that this user may not see: to a question for it alone the
 * brokers answer which of the two it is.
 * @throws KafkaAdminError where it is hidden
 */
async function requireAbsent(admin: KafkaAdmin, topic: string): Promise<void> {
  try {
    await admin.describeTopics([topic]);
  } catch (error) {
    if (isDenied(error)) throw error;
    if (!(error instanceof KafkaAdminError)) throw error;
  }
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
