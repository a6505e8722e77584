import { z } from 'zod';
import type { PagingSeverity } from './alarm-text.ts';

interface NoticeLink {
  readonly href: string;
  readonly text: string;
}

/** What came by a topic, as people are to read it, wherever they do. */
export interface Notice {
  /** The same for everything that tells of one cause; its end, too. */
  readonly key: string;
  readonly severity: PagingSeverity;
  /** Whether this is the end of what was told before. */
  readonly isOver: boolean;
  /** One line. */
  readonly title: string;
  /** What is the matter, of an alarm; undefined: the lines say all. */
  readonly what: string | undefined;
  /** ISO 8601: since when it is so. */
  readonly since: string;
  /** What was found, what it means for a recovery, what to do first. */
  readonly lines: readonly string[];
  /** ISO 8601. */
  readonly at: string;
  /** Who says so: an alarm's ARN or a topic's. */
  readonly source: string;
  readonly links: readonly NoticeLink[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html, as far as it is read. */
const recordSchema = z.object({
  Sns: z.object({
    TopicArn: z.string(),
    Subject: z.string().nullish(),
    Message: z.string(),
    Timestamp: z.string(),
  }),
});
export const snsEventSchema = z.object({ Records: z.array(recordSchema).min(1) });
export type SnsRecord = z.infer<typeof recordSchema>;

/** The change of a metric alarm, or of a composite one. */
const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string().nullish(),
  /** Also says in which region it is. */
  AlarmArn: z.string().optional(),
  NewStateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string(),
  StateChangeTime: z.string(),
});
type AlarmMessage = z.infer<typeof alarmSchema>;

/**
 * Reads what a topic handed over: an alarm's change, or what the janitor, a plan or a rule tells in
 * words.
 */
export function readNotice({ Sns }: SnsRecord): Notice {
  const alarm = alarmSchema.safeParse(tryJson(Sns.Message));
  return alarm.success ? ofAlarm(alarm.data) : ofText(Sns);
}

/** What, how bad, since when, what was found, what it means for a recovery, what to do first. */
export function noticeText({ what, severity, isOver, since, lines }: Notice): string {
  if (what === undefined) return lines.join('\n');
  return [`What: ${what}`, `How bad: ${howBad(severity, isOver)}.`, `Since: ${since}`, ...lines].join('\n');
}

function howBad(severity: PagingSeverity, isOver: boolean): string {
  if (isOver) return 'it has ended';
  return severity === 'page' ? 'somebody is needed now' : 'it can wait for the morning';
}

function ofAlarm(alarm: AlarmMessage): Notice {
  const description = alarm.AlarmDescription ?? '';
  const [first = '', ...others] = description.split('\n');
  const [, severity = 'page', said = first] = /^\[(page|ticket)\] (.*)$/.exec(first) ?? [];
  const isOver = alarm.NewStateValue === 'OK';
  const what = said === '' ? alarm.AlarmName : said;
  return {
    key: alarm.AlarmName,
    severity: severity === 'ticket' ? 'ticket' : 'page',
    isOver,
    title: `${isOver ? 'Over: ' : ''}${alarm.AlarmName}: ${what}`,
    what: `${isOver ? 'over: ' : ''}${what}`,
    since: isoTime(alarm.StateChangeTime),
    lines: [...(isOver ? [] : others), `CloudWatch: ${alarm.NewStateReason}`],
    at: isoTime(alarm.StateChangeTime),
    source: alarm.AlarmArn ?? alarm.AlarmName,
    links: [...runbookLink(description), ...consoleLink(alarm)],
  };
}

function ofText({ TopicArn, Subject, Message, Timestamp }: SnsRecord['Sns']): Notice {
  const title = Subject ?? Message.split('\n')[0] ?? '';
  return {
    key: keyOfText(title),
    severity: TopicArn.endsWith('-ticket') ? 'ticket' : 'page',
    isOver: RECOVERED.test(title),
    title,
    what: undefined,
    since: isoTime(Timestamp),
    lines: [Message],
    at: isoTime(Timestamp),
    source: TopicArn,
    links: runbookLink(Message),
  };
}

/** What was asked about a recovery is answered by its end; only a green one closes it. */
const RECOVERY = /^MSR recovery (\S+) (?:waits for approval|ended)\b/;
const RECOVERED = /^MSR recovery \S+ ended: recovered$/;

/** The janitor's page about an execution and the alarm on its state machine tell of one cause. */
function keyOfText(title: string): string {
  const machine = /\b(msr-[a-z0-9-]+-(?:backup|recovery)) (?:failed|timed out|was aborted)\b/.exec(
    title,
  )?.[1];
  const recovery = RECOVERY.exec(title)?.[1];
  if (recovery !== undefined) return `msr-recovery-${recovery}`;
  return machine === undefined ? title : `${machine}-failed`;
}

function runbookLink(text: string): NoticeLink[] {
  const href = /^Runbook: (https?:\S+)$/m.exec(text)?.[1];
  return href === undefined ? [] : [{ href, text: 'Runbook' }];
}

function consoleLink({ AlarmArn: arn, AlarmName: name }: AlarmMessage): NoticeLink[] {
  if (arn === undefined) return [];
  const region = arn.split(':')[3] ?? '';
  const page = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  return [{ href: `${page}#alarmsV2:alarm/${encodeURIComponent(name)}`, text: 'Alarm in CloudWatch' }];
}

/** CloudWatch writes `2026-11-27T02:15:00.123+0000`. */
function isoTime(text: string): string {
  const time = new Date(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Most of what people are told is prose.
    return undefined;
  }
}
