import { describe, expect, it } from 'vitest';
import { TaskFailure } from '../../../src/clients/task-failure.ts';
import { VERIFICATION_TASK_NAMES } from '../../../src/edge/task-environment.ts';
import type { LocalServices } from '../../../src/runner/local-services.ts';
import { runDefinition } from '../../../src/runner/run-definition.ts';
import { declaredErrors } from '../declared-errors.ts';
import { stage } from '../stage.ts';
import { synthesized } from '../synthesized.ts';

const { definition } = synthesized('verification');

/** Runs the definition; its task ends as told. */
async function run(task: () => Promise<unknown>) {
  const states: string[] = [];
  const asked: { command: readonly string[]; startedBy: string }[] = [];
  const stopped: string[] = [];
  const services: LocalServices = {
    handler: () => Promise.reject(new Error('it has no Lambda')),
    answerToken: () => Promise.reject(new Error('it asks nobody')),
    tasks: {
      run: async ({ command, startedBy }) => {
        asked.push({ command, startedBy });
        return await task();
      },
      list: (startedBy) => [`task of ${startedBy}`],
      stop: async (arn) => void stopped.push(arn),
      status: () => 'STOPPED',
    },
  };
  const end = await runDefinition(
    definition,
    { scheduledAt: 'now' },
    {
      ...{ services, onState: (name) => states.push(name), waitMs: 1 },
    },
  );
  return { end, states, asked, stopped };
}

describe('the daily verification', () => {
  it('runs its one task, marked with the execution, and ends well', async () => {
    const { end, states, asked } = await run(async () => ({ read: 2, left: 0 }));
    expect([end.kind, states]).toEqual(['succeeded', ['VerifyDue', 'Verified']]);
    expect(asked).toEqual([{ command: ['task', VERIFICATION_TASK_NAMES[0]], startedBy: expect.any(String) }]);
    expect(asked[0]?.startedBy).not.toBe('');
  });

  it('ends well where it found damage: the health run pages that, once', async () => {
    expect(declaredErrors()).toContain('BackupDamagedError');
    const { end, states } = await run(async () => {
      throw new TaskFailure('BackupDamagedError', '{}');
    });
    expect([end.kind, states]).toEqual(['succeeded', ['VerifyDue', 'DamageFound']]);
  });

  it.each(['BackupUnverifiedError', 'States.Timeout'])('stops its task and fails with %s', async (error) => {
    const { end, states, asked, stopped } = await run(async () => {
      throw new TaskFailure(error, 'why');
    });
    expect(end).toMatchObject({ kind: 'failed', error });
    expect(states.at(-1)).toBe('NotVerified');
    expect(stopped).toEqual([`task of ${asked[0]?.startedBy}`]);
  });
});

describe('its schedule', () => {
  const berlin = stage(['timeZone', 'Europe/Berlin'], ['instances.0.verification', { at: '14:20' }]);

  it('starts it once a day, at the configured time', () => {
    berlin.stack('Pipelines').hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'msr-prod-az-a-verification',
      ScheduleExpression: 'cron(20 14 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      State: 'ENABLED',
    });
  });

  it('rings by its second day without a reading that ended well, whether it failed or never began', () => {
    berlin.stack('Observability').hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'msr-prod-az-a-verification-missing',
      MetricName: 'ExecutionsSucceeded',
      Period: 86_400,
      Statistic: 'Sum',
      EvaluationPeriods: 2,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });
});
