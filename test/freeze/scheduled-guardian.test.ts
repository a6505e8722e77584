import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFreezeRecord } from '../../src/freeze/freeze-record.ts';
import { GuardianVariable, guardianCall, readGuardianSchedule } from '../../src/freeze/guardian-schedule.ts';
import { callJanitorLater, scheduledGuardian } from '../../src/freeze/scheduled-guardian.ts';
import { type Emulator, startMoto } from '../aws/emulators.ts';
import { waitFor } from '../bed/wait.ts';

const schedule = {
  groupName: 'guardians',
  targetArn: 'arn:aws:lambda:eu-west-1:123456789012:function:janitor',
  roleArn: 'arn:aws:iam::123456789012:role/guardian',
};
const record = newFreezeRecord({ connector: 'sink', purpose: 'backup', owner: 'b-1', found: 'RUNNING' });

describe('a guardian of EventBridge Scheduler', () => {
  let moto: Emulator;
  let client: SchedulerClient;

  beforeAll(async () => {
    moto = await startMoto();
    client = new SchedulerClient({
      endpoint: moto.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await client.send(new CreateScheduleGroupCommand({ Name: schedule.groupName }));
  }, 180_000);
  afterAll(() => moto?.stop());

  const names = async () => {
    const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: schedule.groupName }));
    return Schedules.map(({ Name }) => Name ?? '');
  };
  const armed = async () => {
    const [Name] = await names();
    return await client.send(new GetScheduleCommand({ GroupName: schedule.groupName, Name }));
  };

  it('stands a few minutes ahead, names its freeze, deletes itself, and goes with the freeze', async () => {
    const now = () => new Date('2026-11-23T03:31:12.345Z');
    const guardian = scheduledGuardian(schedule, { client, now });
    await guardian.arm(record);
    const { Target, ...made } = await armed();
    expect(made).toMatchObject({
      ScheduleExpression: 'at(2026-11-23T03:34:12)',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'DELETE',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
    expect(Target).toMatchObject({ Arn: schedule.targetArn, RoleArn: schedule.roleArn });
    expect(JSON.parse(Target?.Input ?? '')).toEqual({ guardian: guardianCall(record, 1) });
    // The SDK may repeat a call whose answer was lost.
    await scheduledGuardian(schedule, { client, now }).arm(record);
    expect(await names()).toHaveLength(1);
    await guardian.disarm();
    expect(await names()).toEqual([]);
    await guardian.disarm();
  });

  it('is moved ahead as long as its process lives', async () => {
    let minute = 0;
    const now = () => new Date(Date.UTC(2026, 10, 23, 4, minute));
    const guardian = scheduledGuardian(schedule, { client, now, moveEveryMs: 20 });
    await guardian.arm(record);
    minute = 30;
    await waitFor(
      'the guardian to be moved',
      async () => (await armed()).ScheduleExpression === 'at(2026-11-23T04:33:00)',
    );
    await guardian.disarm();
    await waitFor('the guardian to be gone', async () => (await names()).length === 0);
  });

  it('stops nothing where it cannot be had', async () => {
    const guardian = scheduledGuardian({ ...schedule, groupName: 'none' }, { client });
    await expect(guardian.arm(record)).rejects.toThrow(
      'the schedule that would resume the sink after a crash cannot be made',
    );
  });

  it('is made again by a janitor that could not end the freeze', async () => {
    const at = new Date('2026-11-23T05:02:00Z');
    await callJanitorLater(schedule, record, { at, attempt: 2, client });
    await callJanitorLater(schedule, record, { at: new Date('2026-11-23T05:04:00Z'), attempt: 3, client });
    const { Target, ScheduleExpression } = await armed();
    expect(ScheduleExpression).toBe('at(2026-11-23T05:04:00)');
    expect(JSON.parse(Target?.Input ?? '')).toEqual({ guardian: guardianCall(record, 3) });
  });
});

describe('the guardian’s variables', () => {
  const env = {
    [GuardianVariable.group]: 'guardians',
    [GuardianVariable.target]: 'arn:janitor',
    [GuardianVariable.role]: 'arn:role',
  };

  it('name a schedule group, or none', () => {
    expect(readGuardianSchedule(env)).toEqual({
      groupName: 'guardians',
      targetArn: 'arn:janitor',
      roleArn: 'arn:role',
    });
    expect(readGuardianSchedule({})).toBeUndefined();
  });

  it('are refused where one is forgotten', () => {
    expect(() => readGuardianSchedule({ ...env, [GuardianVariable.role]: undefined })).toThrow(
      'MSR_GUARDIAN_ROLE_ARN is not set',
    );
  });
});
