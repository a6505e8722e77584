import type { SnsRecord } from '../../src/paging/notice.ts';

const ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:msr-prod-page';

export const DESCRIPTION = [
  '[page] The database is far behind Kafka.',
  'For a recovery: nothing is lost while Kafka holds the events.',
  'First: look at the state of the sink.',
  'Runbook: https://wiki.example.com/runbook#page-sink',
].join('\n');

/** As CloudWatch publishes the change of a composite alarm. */
export function alarmRecord(
  state: 'ALARM' | 'OK',
  { name = 'msr-prod-az-a-page-sink', description = DESCRIPTION } = {},
): SnsRecord {
  const message = {
    AlarmName: name,
    AlarmDescription: description,
    AWSAccountId: '111122223333',
    NewStateValue: state,
    NewStateReason: `${ARN}:msr-prod-az-a-health-sink-lag transitioned to ${state} at Friday 27 November, 2026 02:15:00 UTC`,
    StateChangeTime: '2026-11-27T02:15:00.123+0000',
    Region: 'EU (Frankfurt)',
    AlarmArn: `${ARN}:${name}`,
    OKActions: [TOPIC],
    AlarmActions: [TOPIC],
    InsufficientDataActions: [],
    OldStateValue: state === 'ALARM' ? 'OK' : 'ALARM',
    AlarmRule: `ALARM("${ARN}:msr-prod-az-a-health-sink-lag")`,
    TriggeringChildren: [],
  };
  return record(JSON.stringify(message), `${state}: "${name}" in EU (Frankfurt)`);
}

/** @param topic the last part of its name */
export function record(Message: string, Subject: string | null, topic = 'page'): SnsRecord {
  const TopicArn = TOPIC.replace('-page', `-${topic}`);
  return { Sns: { TopicArn, Subject, Message, Timestamp: '2026-11-27T02:15:01.000Z' } };
}
