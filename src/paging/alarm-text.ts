import { runbookReference } from '../core/runbook.ts';

/** `page` wakes somebody; `ticket` waits for the morning. */
export type PagingSeverity = 'page' | 'ticket';

/** What an alarm says to people: CloudWatch mails it as it is, and PagerDuty and Slack show the same. */
export interface AlarmText {
  readonly severity: PagingSeverity;
  /** What is the matter, in a sentence or two. */
  readonly what: string;
  /** What it means for a recovery. */
  readonly recovery?: string;
  /** What to do first. */
  readonly first?: string;
  /** What starts it where a recovery may be the answer: a command that is ready to paste. */
  readonly command?: string;
  /** A heading of docs/runbook.md. */
  readonly runbook: string;
  /** Where that can be read. */
  readonly runbookUrl: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_DESCRIPTION = 1024;

/**
 * An alarm's description: what and how bad, then a line each of what is known beside it.
 * @throws RangeError where CloudWatch would cut it
 */
export function alarmDescription(text: AlarmText): string {
  const { severity, what, recovery, first, command, runbook, runbookUrl } = text;
  const lines = [
    `[${severity}] ${what}`,
    ...(recovery === undefined ? [] : [`For a recovery: ${recovery}`]),
    ...(first === undefined ? [] : [`First: ${first}`]),
    ...(command === undefined ? [] : [`If a recovery is the answer: ${command}`]),
    runbookReference(runbookUrl, runbook),
  ];
  const description = lines.join('\n');
  if (description.length <= LONGEST_DESCRIPTION) return description;
  throw new RangeError(
    `the alarm ${runbook} is described in ${description.length} characters, and CloudWatch keeps ${LONGEST_DESCRIPTION}`,
  );
}
