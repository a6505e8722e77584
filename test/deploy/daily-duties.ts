import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { z } from 'zod';
import { startExecution, waitForEnd } from './executions.ts';
import type { Checks } from './run-steps.ts';
import type { World } from './world.ts';

const examined = z.object({ verdict: z.string(), failed: z.array(z.string()) });
const looked = z.object({ verdict: z.string(), pages: z.array(z.string()) });
const retained = z.object({ kept: z.number(), expired: z.array(z.string()) });

const VERIFICATION_TAKES_AT_MOST_MS = 60_000;
const DRILL_TAKES_AT_MOST_MS = 300_000;

/** What else runs on a schedule, called at once: by day these would meet the backup under way. */
export async function runDailyDuties({ deployment, sfn }: World, checks: Checks): Promise<void> {
  const doctor = await invokeTarget(deployment.schedules, /-doctor$/);
  const report = examined.safeParse(doctor);
  const isWell = report.success && report.data.failed.length === 0;
  checks.expect(isWell, 'the doctor finds no check failed', doctor);
  const health = await invokeTarget(deployment.schedules, /-health$/);
  const run = looked.safeParse(health);
  const isQuiet = run.success && run.data.pages.length === 0;
  checks.expect(isQuiet, 'the health run finds nothing that would wake somebody', health);
  const retention = await invokeTarget(deployment.schedules, /-retention$/);
  const kept = retained.safeParse(retention);
  const isKept = kept.success && kept.data.kept === 1 && kept.data.expired.length === 0;
  checks.expect(isKept, 'retention keeps the only backup', retention);
  const verification = await startExecution(sfn, deployment.verificationMachineArn, {});
  const end = await waitForEnd(sfn, verification, VERIFICATION_TAKES_AT_MOST_MS);
  // The backup was read when it was taken: nothing is due.
  checks.expect(end.status === 'SUCCEEDED', 'the daily verification ends well', end);
  const drill = await startExecution(sfn, deployment.drillMachineArn, {});
  const drilled = await waitForEnd(sfn, drill, DRILL_TAKES_AT_MOST_MS);
  checks.expect(drilled.status === 'SUCCEEDED', 'the weekly drill of a recovery passes', drilled);
}

/** Calls what a schedule calls. @throws Error with what the function threw */
async function invokeTarget(schedules: World['deployment']['schedules'], wanted: RegExp): Promise<unknown> {
  const schedule = schedules.find(({ name }) => wanted.test(name));
  if (schedule === undefined) throw new Error(`no schedule ${wanted} is deployed`);
  const { Target } = await new SchedulerClient().send(
    new GetScheduleCommand({ GroupName: schedule.group, Name: schedule.name }),
  );
  const answer = await new LambdaClient().send(
    new InvokeCommand({ FunctionName: Target?.Arn, Payload: Buffer.from('{}') }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(`${schedule.name} threw ${text}`);
  return JSON.parse(text);
}
