import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { noticeText, readNotice } from '../../src/paging/notice.ts';
import { EMULATED_STAGE } from './emulated-stage.ts';
import type { Checks } from './run-steps.ts';
import type { World } from './world.ts';

/**
 * Sets an alarm as CloudWatch would: what comes by the topic is read as PagerDuty and Slack get it. The
 * emulator evaluates no alarm truly; test/lib/observability/simulated-month.test.ts does.
 */
export async function ringAlarm({ deployment, mailbox }: World, checks: Checks): Promise<void> {
  const name = `msr-${EMULATED_STAGE}-bed-health-vault-integrity`;
  for (const [state, pattern] of [
    ['ALARM', /health-vault-integrity.*"NewStateValue": ?"ALARM"/s],
    ['OK', /health-vault-integrity.*"NewStateValue": ?"OK"/s],
  ] as const) {
    await new CloudWatchClient().send(
      new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: 'the test says so' }),
    );
    const mail = await mailbox.waitFor(pattern, 30_000);
    const TopicArn = deployment.environment['MSR_ALERT_TOPIC_ARN'] ?? '';
    const notice = readNotice({
      Sns: { TopicArn, Subject: mail.subject, Message: mail.message, Timestamp: new Date().toISOString() },
    });
    const isRead =
      notice.key === name &&
      notice.severity === 'page' &&
      notice.isOver === (state === 'OK') &&
      noticeText(notice).includes('A stored backup is not what was written');
    checks.expect(isRead, `an alarm that is ${state} is read by people as what it is`, notice);
  }
}
