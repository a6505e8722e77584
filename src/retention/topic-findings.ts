import type { TopicSettings } from '../clients/kafka/kafka-topics.ts';
import { DAY_MS } from './frequency.ts';
import { days, type RetentionNeed } from './kafka-retention.ts';
import type { PartitionRate } from './throughput.ts';

/**
 * critical: a recovery may find a hole · warning: it works today, and may not tomorrow
 * · advice: costs space only
 */
type FindingSeverity = 'critical' | 'warning' | 'advice';

export interface TopicFinding {
  readonly topic: string;
  readonly setting: string;
  readonly severity: FindingSeverity;
  /** What is set, why that matters. */
  readonly fact: string;
  /** The setting's new value, for `--add-config`; undefined where a change of settings does not mend it. */
  readonly value: string | undefined;
}

/** Every fault of a topic's settings against what a recovery needs; in the order of settings. Pure. */
export function topicFindings(
  settings: TopicSettings,
  need: RetentionNeed,
  rates: readonly PartitionRate[],
): TopicFinding[] {
  const found = [
    cleanupFinding(settings),
    timeFinding(settings, need),
    bytesFinding(settings, need, rates),
    compressionFinding(settings),
    segmentFinding(settings),
    replicaFinding(settings),
  ];
  return found.flatMap((finding) => (finding === undefined ? [] : { topic: settings.topic, ...finding }));
}

type Finding = Omit<TopicFinding, 'topic'> | undefined;

function cleanupFinding({ cleanupPolicy }: TopicSettings): Finding {
  const setting = 'cleanup.policy';
  if (cleanupPolicy === undefined) return unknown(setting);
  if (!cleanupPolicy.includes('compact')) return undefined;
  return {
    setting,
    severity: 'critical',
    fact:
      `cleanup.policy is ${cleanupPolicy}: compaction keeps only the newest record of a key, so the earlier changes ` +
      'of an entity disappear from the middle of the log, where no offset tells that they are missing; ' +
      'after the change take a new backup, since a replay from an older one cannot be trusted',
    value: 'delete',
  };
}

function timeFinding({ retentionMs }: TopicSettings, need: RetentionNeed): Finding {
  const setting = 'retention.ms';
  const value = String(need.recommendedMs);
  if (retentionMs === undefined) return unknown(setting);
  if (retentionMs < 0 || retentionMs >= need.recommendedMs) return undefined;
  if (retentionMs < need.minimumMs) {
    const fact = `retention.ms is ${days(retentionMs)}; with ${need.frequency} backups at least ${days(need.minimumMs)} are needed`;
    return { setting, severity: 'critical', fact, value };
  }
  const fact = `retention.ms is ${days(retentionMs)}: enough, but ${days(need.recommendedMs)} are recommended for ${need.frequency} backups`;
  return { setting, severity: 'warning', fact, value };
}

/** retention.bytes counts for each partition: the busiest one is cut first. */
function bytesFinding(
  { topic, retentionBytes }: TopicSettings,
  need: RetentionNeed,
  rates: readonly PartitionRate[],
): Finding {
  const setting = 'retention.bytes';
  if (retentionBytes === undefined || retentionBytes < 0) return undefined;
  const busiest = Math.max(
    0,
    ...rates.flatMap((rate) => (rate.topic === topic ? (rate.bytesPerSecond ?? 0) : 0)),
  );
  const limit = `retention.bytes is ${retentionBytes} a partition`;
  if (busiest === 0) {
    const fact = `${limit}, which may strike before retention.ms; how soon is not known: nothing was measured yet`;
    return { setting, severity: 'warning', fact, value: '-1' };
  }
  const effectiveMs = (retentionBytes / busiest) * 1000;
  if (effectiveMs >= need.recommendedMs) return undefined;
  const severity = effectiveMs < need.minimumMs ? 'critical' : 'warning';
  const fact = `${limit}; the busiest takes ${Math.round(busiest)} bytes a second, so it holds ${days(effectiveMs)}, not what retention.ms says; at least ${days(need.minimumMs)} are needed`;
  return { setting, severity, fact, value: '-1' };
}

function compressionFinding({ compressionType }: TopicSettings): Finding {
  if (compressionType !== 'uncompressed') return undefined;
  const fact =
    "compression.type is uncompressed: the broker unpacks what the producers packed; lz4, the playbook's, takes a third to a fifth of the room";
  return { setting: 'compression.type', severity: 'advice', fact, value: 'lz4' };
}

/** Kafka deletes whole closed segments: what is set here is held, and paid for, on top. */
function segmentFinding({ segmentMs, retentionMs }: TopicSettings): Finding {
  if (segmentMs === undefined || retentionMs === undefined || retentionMs < 0) return undefined;
  if (segmentMs <= Math.max(retentionMs, 7 * DAY_MS)) return undefined;
  const fact = `segment.ms is ${days(segmentMs)}, more than retention.ms: a quiet partition is held up to ${days(segmentMs + retentionMs)}`;
  return { setting: 'segment.ms', severity: 'advice', fact, value: String(DAY_MS) };
}

function replicaFinding({ replicas, minInsyncReplicas }: TopicSettings): Finding {
  if (replicas === undefined) return undefined;
  if (replicas < 2) {
    const fact = `it has ${replicas} replica: with that broker's disk every event since the last backup is lost`;
    return { setting: 'replication factor', severity: 'warning', fact, value: undefined };
  }
  if (minInsyncReplicas !== undefined && minInsyncReplicas < 2) {
    const fact = `min.insync.replicas is ${minInsyncReplicas}: a write is acknowledged that one broker alone holds`;
    return { setting: 'min.insync.replicas', severity: 'warning', fact, value: '2' };
  }
  return undefined;
}

function unknown(setting: string): Finding {
  const fact = `the broker does not tell ${setting}: grant DESCRIBE_CONFIGS on the topic`;
  return { setting, severity: 'warning', fact, value: undefined };
}

/**
 * One command a topic that mends all that settings can mend.
 * @param bootstrap `host:port,…`
 */
export function configCommands(findings: readonly TopicFinding[], bootstrap: string): string[] {
  const topics = [...new Set(findings.map(({ topic }) => topic))];
  return topics.flatMap((topic) => {
    const changes = findings
      .filter((finding) => finding.topic === topic && finding.value !== undefined)
      .map(({ setting, value }) => `${setting}=${value}`);
    if (changes.length === 0) return [];
    return [
      `kafka-configs.sh --bootstrap-server ${bootstrap} --alter --entity-type topics --entity-name ${topic} --add-config ${changes.join(',')}`,
    ];
  });
}
