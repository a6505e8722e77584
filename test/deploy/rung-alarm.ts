import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { readNotice } from '../../src/paging/notice.ts';
import { EMULATED_STAGE } from './emulated-stage.ts';
import type { Checks } from './run-steps.ts';
import type { World } from './world.ts';

/**
 * Sets an alarm as CloudWatch would: what comes by the topic is read as PagerDuty and Slack get it. The
 * emulator evaluates no alarm truly; test/lib/observability/simulated-month.test.ts does.
 */
export async function ringAlarm({ deployment, mailbox, mails }: World, checks: Checks): Promise<void> {
  const name = `msr-${EMULATED_STAGE}-bed-health-vault-integrity`;
  for (const state of ['ALARM', 'OK'] as const) {
    await new CloudWatchClient().send(
      new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: 'the test says so' }),
    );
    const pattern = new RegExp(`health-vault-integrity.*"NewStateValue": ?"${state}"`, 's');
    const { subject, message } = await mailbox.waitFor(pattern, 30_000);
    const TopicArn = deployment.environment['MSR_ALERT_TOPIC_ARN'] ?? '';
    const notice = readNotice({
      Sns: { TopicArn, Subject: subject, Message: message, Timestamp: new Date().toISOString() },
    });
    const isRead = notice.key === name && notice.severity === 'page' && notice.isOver === (state === 'OK');
    checks.expect(isRead, `an alarm that is ${state} is read by people as what it is`, notice);
    const what = `What: ${state === 'OK' ? 'over: ' : ''}A stored backup is not what was written`;
    const mail = await mails.waitFor(new RegExp(`^${what}`), 60_000);
    const isMeasured = mail.message.includes('\nStatus as of ') && mail.subject.includes('vault-integrity');
    checks.expect(isMeasured, `and is mailed with what the health run has found: ${state}`, mail);
  }
}
