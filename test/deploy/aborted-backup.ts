import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { waitFor } from '../bed/wait.ts';
import { sinkState } from '../freeze/scene.ts';
import { startExecution } from './executions.ts';
import type { Checks, Steps } from './run-steps.ts';
import { listKeys } from './vault-objects.ts';
import { bucketsOf, type World } from './world.ts';

/** A rule calls the janitor, which looks at the task first. */
const CLEANED_UP_WITHIN_MS = 90_000;

/**
 * The worst moment: while the sink stands still for a backup, its container is killed and somebody stops the
 * execution. Nothing of the backup can put that in order; the rule's janitor has to.
 */
export async function abortBackup(world: World, steps: Steps, checks: Checks): Promise<void> {
  const { sfn, deployment, agent, msr, mailbox } = world;
  const { artifacts, documents } = bucketsOf(world);
  const before = await listKeys(artifacts);
  const input = { ignoreMaintenance: true };
  const executionArn = await startExecution(sfn, deployment.backupMachineArn, input);
  await waitFor('the sink to stand still for the backup', async () => (await sinkState(msr)) === 'STOPPED', {
    timeoutMs: 120_000,
    everyMs: 10,
  });
  const killed = agent.kill();
  await sfn.send(new StopExecutionCommand({ executionArn }));
  steps.say(`       ${killed} task killed, its execution stopped, the sink ${await sinkState(msr)}`);
  const mail = await mailbox.waitFor(/-backup was aborted/, CLEANED_UP_WITHIN_MS);
  checks.expect(true, 'the janitor tells people of the aborted backup', mail);
  const state = await sinkState(msr);
  checks.expect(state === 'RUNNING', 'it has resumed the sink', state);
  const lock = (await listKeys(documents)).filter((key) => /\/(locks|freezes)\/[^/]+$/.test(key));
  checks.expect(!lock.some((key) => key.endsWith('operation.json')), 'it has released the lock', lock);
  const after = await listKeys(artifacts);
  checks.expect(after.join() === before.join(), 'nothing of the aborted backup is left', after);
}
