import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { waitFor } from '../bed/wait.ts';
import { executionsOf, waitForEnd } from './executions.ts';
import { operatorJson } from './operator.ts';
import type { Checks } from './run-steps.ts';
import { listKeys } from './vault-objects.ts';
import { bucketsOf, type World } from './world.ts';

/** ministack's scheduler looks every minute. */
const FIRES_WITHIN_MS = 150_000;
const BACKUP_TAKES_AT_MOST_MS = 180_000;

/** Waits for the schedule itself; nobody starts this backup. */
export async function backupBySchedule(world: World, checks: Checks): Promise<void> {
  const { sfn, deployment } = world;
  const executionArn = await waitFor(
    'the schedule to start a backup',
    async () => (await executionsOf(sfn, deployment.backupMachineArn)).at(-1),
    { timeoutMs: FIRES_WITHIN_MS, everyMs: 1_000 },
  );
  checks.expect(true, 'the schedule started the backup state machine', executionArn);
  await pauseSchedules(world);
  const end = await waitForEnd(sfn, executionArn, BACKUP_TAKES_AT_MOST_MS);
  checks.require(end.status === 'SUCCEEDED', 'the backup execution succeeded', end);
  await checkVault(world, checks);
}

/** The recovery that follows must not meet the next backup's lock. */
async function pauseSchedules({ deployment }: World): Promise<void> {
  const client = new SchedulerClient();
  for (const { group: GroupName, name: Name } of deployment.schedules) {
    const schedule = await client.send(new GetScheduleCommand({ GroupName, Name }));
    const { ScheduleExpression, Target, FlexibleTimeWindow } = schedule;
    const kept = { ScheduleExpression, Target, FlexibleTimeWindow };
    await client.send(new UpdateScheduleCommand({ GroupName, Name, ...kept, State: 'DISABLED' }));
  }
}

async function checkVault(world: World, checks: Checks): Promise<void> {
  const keys = await listKeys(bucketsOf(world).artifacts);
  const manifest = keys.find((key) => /\/backups\/[^/]+\/manifest\.json$/.test(key));
  checks.expect(manifest !== undefined, `the manifest lies in the emulated S3, at ${manifest}`, keys);
  const listed = await operatorJson(world, ['backups', 'list']);
  const states = listed.backups?.map(({ state }) => state) ?? [];
  checks.expect(
    states.length === 1 && states[0] === 'complete',
    '`msr backups list` shows one complete backup',
    listed,
  );
}
