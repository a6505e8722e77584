import type { TopicSettings } from '../clients/kafka/kafka-topics.ts';
import type { RetentionNeed } from '../retention/kafka-retention.ts';
import { days } from '../retention/kafka-retention.ts';
import type { PartitionRate } from '../retention/throughput.ts';
import { configCommands, type TopicFinding, topicFindings } from '../retention/topic-findings.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';

export interface RetentionInput {
  readonly settings: readonly TopicSettings[];
  readonly need: RetentionNeed;
  readonly rates: readonly PartitionRate[];
  /** The brokers that the commands name. */
  readonly brokers: readonly string[];
}

/** A check a topic, and the findings that they are made of. Pure. */
export function retentionChecks(input: RetentionInput): { checks: DoctorCheck[]; findings: TopicFinding[] } {
  const each = input.settings.map((settings) => topicFindings(settings, input.need, input.rates));
  const checks = input.settings.map((settings, i) => topicCheck(settings, each[i] ?? [], input));
  return { checks, findings: each.flat() };
}

function topicCheck(
  { topic, retentionMs }: TopicSettings,
  findings: readonly TopicFinding[],
  { need, brokers }: RetentionInput,
): DoctorCheck {
  const name = `topic ${topic}`;
  const held = retentionMs === undefined ? 'unknown' : retentionMs < 0 ? 'for ever' : days(retentionMs);
  const serious = findings.filter(({ severity }) => severity !== 'advice');
  const fact = findings.map((finding) => finding.fact).join('; ');
  if (serious.length === 0) {
    return ok(
      name,
      `events are held ${held}, at least ${days(need.minimumMs)} are needed${fact && `; ${fact}`}`,
    );
  }
  const commands = configCommands(findings, brokers.join(','));
  return {
    name,
    outcome: serious.some(({ severity }) => severity === 'critical') ? 'failed' : 'warning',
    fact,
    hint: hintOf(commands, need),
    ...(commands.length === 0 ? {} : { commands }),
  };
}

function hintOf(commands: readonly string[], need: RetentionNeed): string {
  if (commands.length > 0) return `change it: ${need.arithmetic}`;
  return 'kafka-reassign-partitions.sh gives a topic more replicas, where the cluster has more brokers';
}
