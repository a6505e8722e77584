import { describe, expect, it } from 'vitest';
import { cronOf } from '../../../lib/backup/backup-schedule.ts';
import { stage } from '../stage.ts';

describe('the time of a backup', () => {
  it.each([
    ['daily', '03:30', '3', '30'],
    ['daily', '00:05', '0', '5'],
    ['twice-daily', '03:30', '3,15', '30'],
    ['twice-daily', '15:30', '3,15', '30'],
    ['hourly', '03:20', '*', '20'],
  ] as const)('%s at %s: hour %s, minute %s', (frequency, at, hour, minute) => {
    expect(cronOf({ frequency, at })).toEqual({ hour, minute });
  });
});

describe('the schedule', () => {
  const berlin = stage(['timeZone', 'Europe/Berlin']);
  const { stateMachines } = berlin;
  const resources = berlin.stack('Pipelines');
  const [schedule] = Object.values(resources.findResources('AWS::Scheduler::Schedule'));

  it('runs by the configured clock, within a window, and by retries and a dead-letter queue', () => {
    expect(schedule?.Properties).toMatchObject({
      Name: 'msr-prod-az-a-backup',
      ScheduleExpression: 'cron(30 3 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
      State: 'ENABLED',
      Target: {
        RetryPolicy: { MaximumEventAgeInSeconds: 7200, MaximumRetryAttempts: 30 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringContaining('DeadLetters'), 'Arn'] } },
      },
    });
  });

  it('names the execution, so that a second delivery of one time starts nothing', () => {
    const { Arn, Input } = (schedule?.Properties.Target ?? {}) as Record<
      string,
      { 'Fn::Join': [string, unknown[]] }
    >;
    expect(Arn?.['Fn::Join'][1]).toContain(':scheduler:::aws-sdk:sfn:startExecution');
    const parts = Input?.['Fn::Join'][1] ?? [];
    expect(parts).toContainEqual({ Ref: stateMachines['backup'] });
    const text = parts.map((part) => (typeof part === 'string' ? part : 'arn')).join('');
    expect(JSON.parse(text)).toEqual({
      StateMachineArn: 'arn',
      Name: '<aws.scheduler.execution-id>',
      Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}',
    });
  });
});
