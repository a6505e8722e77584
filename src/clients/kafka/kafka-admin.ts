import type { Offsets } from '../../core/offsets.ts';
import { asking } from './kafka-admin-error.ts';
import type { GroupState } from './kafka-groups.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import type {
  LogBounds,
  LogStorage,
  NewTopic,
  TopicDescription,
  TopicOverrides,
  TopicSettings,
} from './kafka-topics.ts';
import { createTopics, topicsDenied } from './kafkajs/create-topics.ts';
import {
  groupOffsets,
  groupState,
  groupTopics,
  listConsumerGroups,
  offsetsAt,
  openKafkajsAdmin,
  watermarks,
} from './kafkajs/kafkajs-admin.ts';
import { topicOverrides, topicSettings } from './kafkajs/topic-settings.ts';
import type { EpochEnd, LeaderEpoch } from './leader-epoch.ts';
import { epochEnds } from './platformatic/leader-epochs.ts';
import {
  clusterId,
  describeTopics,
  logBounds,
  logStorage,
  openPlatformaticAdmin,
  setGroupOffsets,
} from './platformatic/platformatic-admin.ts';

/**
 * Administration of Kafka, as far as backups and recoveries need it. All but setGroupOffsets and
 * createTopics read only. Every call throws KafkaAdminError where the cluster refuses it or does not answer.
 */
export interface KafkaAdmin {
  listTopics(): Promise<string[]>;
  /** @throws OperatorError naming a topic that is missing */
  describeTopics(topics: readonly string[]): Promise<TopicDescription[]>;
  /** The first offset that is still in the log, of every partition. */
  logStart(topics: readonly string[]): Promise<Offsets>;
  /** The high watermark: the offset that the next record gets, of every partition. */
  logEnd(topics: readonly string[]): Promise<Offsets>;
  /**
   * Of every partition the offset of the first record with this time or a later one; where there is none, its
   * end. The time is the record's, not the event's: what the producer, or the broker, stamped it with.
   */
  offsetsAt(topics: readonly string[], time: Date): Promise<Offsets>;
  /** Where these leader epochs end in the log; without the partitions of which the brokers tell nothing. */
  epochEnds(epochs: readonly LeaderEpoch[]): Promise<EpochEnd[]>;
  /** Where the logs begin and end at this moment, for readers of both isolations. */
  logBounds(topics: readonly TopicDescription[]): Promise<LogBounds>;
  /** What decides how long Kafka holds the events of a topic, and how safely. */
  topicSettings(topics: readonly string[]): Promise<TopicSettings[]>;
  /** What the topics would have to be created with to be as they are. */
  topicOverrides(topics: readonly string[]): Promise<TopicOverrides[]>;
  /**
   * Returns when each partition has a leader; a topic that is there already is left as it is. Needs the right
   * to CREATE.
   */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Those of the topics that this user might not create if they were gone; nothing is created. */
  topicsDenied(topics: readonly TopicDescription[]): Promise<string[]>;
  /** How large the topics are, and how much room their brokers have. Asks for more rights than the rest. */
  logStorage(topics: readonly TopicDescription[]): Promise<LogStorage>;
  /** The cluster's own id, which its Connect workers tell too. */
  clusterId(): Promise<string>;
  /**
   * 'Dead' is what Kafka answers for a group that does not exist.
   * @throws KafkaAdminError for a group of the new protocol (KIP-848)
   */
  groupState(group: string): Promise<GroupState>;
  /** Committed offsets; partitions without a commit are absent. */
  groupOffsets(group: string, topics: readonly string[]): Promise<Offsets>;
  /** Committed offsets of all topics. */
  groupCommits(group: string): Promise<Offsets>;
  /** The names of all consumer groups that this user may see, sorted. */
  listGroups(): Promise<string[]>;
  /**
   * Commits these offsets for a group, and leaves its other partitions alone. The brokers refuse it while the
   * group has members. Needs the right to READ the group and its topics.
   */
  setGroupOffsets(group: string, offsets: Offsets): Promise<void>;
  /**
   * The topics that the members of a group read at this moment; undefined: it has no
   * members, or is rebalancing.
   */
  groupTopics(group: string): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

/**
 * The only place where the two clients meet. kafkajs tells topics, groups and offsets; @platformatic/kafka
 * tells what kafkajs does not know: topic ids, the cluster's id, and what lies on the brokers' disks.
 * @throws KafkaAdminError for an unreachable broker or refused credentials, after 10 s at most; for brokers
 *   that do not speak what backups and recoveries need, naming it
 */
export async function openKafkaAdmin(kafka: KafkaSettings): Promise<KafkaAdmin> {
  const { kafkajs, platformatic } = await openBoth(kafka);
  return {
    listTopics: () => asking('the list of topics', () => kafkajs.listTopics()),
    describeTopics: (topics) => describeTopics(platformatic, topics),
    logStart: (topics) => watermarks(kafkajs, topics, 'low'),
    logEnd: (topics) => watermarks(kafkajs, topics, 'high'),
    offsetsAt: (topics, time) => offsetsAt(kafkajs, topics, time),
    epochEnds: (epochs) => epochEnds(platformatic, epochs),
    logBounds: (topics) => asking('the ends of the topics', () => logBounds(platformatic, topics)),
    topicSettings: (topics) => asking('the settings of topics', () => topicSettings(kafkajs, topics)),
    topicOverrides: (topics) => asking('the settings of topics', () => topicOverrides(kafkajs, topics)),
    createTopics: (topics) => createTopics(kafkajs, topics),
    topicsDenied: (topics) => asking('the right to create topics', () => topicsDenied(kafkajs, topics)),
    logStorage: (topics) => asking('the size of topics', () => logStorage(platformatic, topics)),
    clusterId: () => clusterId(platformatic),
    groupState: (group) => asking(`the state of group ${group}`, () => groupState(kafkajs, group)),
    groupOffsets: (group, topics) =>
      asking(`the offsets of group ${group}`, () => groupOffsets(kafkajs, group, topics)),
    groupCommits: (group) =>
      asking(`the offsets of group ${group}`, () => groupOffsets(kafkajs, group, undefined)),
    listGroups: () => asking('the list of groups', () => listConsumerGroups(kafkajs)),
    setGroupOffsets: (group, offsets) => setGroupOffsets(platformatic, group, offsets),
    groupTopics: (group) => asking(`the members of group ${group}`, () => groupTopics(kafkajs, group)),
    close: async () => {
      await Promise.allSettled([kafkajs.disconnect(), platformatic.close()]);
    },
  };
}

async function openBoth(kafka: KafkaSettings) {
  const kafkajs = await openKafkajsAdmin(kafka);
  try {
    return { kafkajs, platformatic: await openPlatformaticAdmin(kafka) };
  } catch (error) {
    await kafkajs.disconnect();
    throw error;
  }
}

/**
 * Opens an administration for `work` and always closes it.
 * @throws as openKafkaAdmin, and what `work` throws
 */
export async function withKafkaAdmin<T>(
  kafka: KafkaSettings,
  work: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = await openKafkaAdmin(kafka);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
