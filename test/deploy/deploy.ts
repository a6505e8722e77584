/**
 * `npm run test:deploy`: the whole product, deployed into an emulated AWS account, against real
 * engines. A schedule takes a backup. A database is lost. Somebody starts a recovery as from the
 * console and approves it, and nothing secret is found anywhere. Whatever has been started is stopped
 * at the end, after Ctrl-C too.
 */
import { existsSync } from 'node:fs';
import { describeError, OperatorError } from '../../src/core/operator-error.ts';
import { abortBackup } from './aborted-backup.ts';
import { proveNothingLost, recoverFromConsole, tryInputs } from './console-recovery.ts';
import { runDailyDuties } from './daily-duties.ts';
import { ENTRY_POINT } from './entry-point.ts';
import { Checks, Cleanup, Steps } from './run-steps.ts';
import { ringAlarm } from './rung-alarm.ts';
import { backupBySchedule } from './scheduled-backup.ts';
import type { SearchResult } from './secret-search.ts';
import { searchEverything } from './secrets-stay-secret.ts';
import { smokeAndLook } from './smoke-test.ts';
import { renderSummary } from './summary.ts';
import { buildWorld, type Stage, type World } from './world.ts';

/** What the run has come to, for the summary of one that broke off as well. */
interface Outcome {
  world?: World;
  search?: SearchResult;
}

async function play(stage: Stage, outcome: Outcome): Promise<void> {
  const { steps, checks } = stage;
  const world = await buildWorld(stage);
  outcome.world = world;
  await steps.run('a backup by the schedule', () => backupBySchedule(world, checks));
  await steps.run('doctor, health run and retention', () => runDailyDuties(world, checks));
  await steps.run('an alarm that somebody reads', () => ringAlarm(world, checks));
  await steps.run('a backup that dies at its worst moment', () => abortBackup(world, steps, checks));
  await steps.run('inputs of the console', () => tryInputs(world, checks));
  await steps.run('a recovery from the console', () => recoverFromConsole(world, steps, checks));
  await steps.run('proof by the numbers in the events', () => proveNothingLost(world, checks));
  outcome.search = await steps.run('search for secrets', () => searchEverything(world, checks));
  await steps.run('smoke test, with cdk destroy', () => smokeAndLook(world, stage));
}

async function main(): Promise<void> {
  if (!existsSync(ENTRY_POINT)) {
    throw new OperatorError(`${ENTRY_POINT} is not there`, { hint: 'run `npm run build` first' });
  }
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
  }
  const { signal } = interruption;
  const [steps, checks, cleanup] = [new Steps(signal), new Checks(), new Cleanup()];
  const outcome: Outcome = {};
  let failure: string | undefined;
  try {
    await play({ steps, checks, cleanup, signal }, outcome);
  } catch (error) {
    failure = describeError(error);
  } finally {
    steps.say('stop everything …');
    await cleanup.run();
  }
  const { world, search } = outcome;
  console.log(renderSummary({ steps: steps.taken, checks, assembly: world?.assembly, search, failure }));
  if (failure === undefined && checks.failed.length === 0) return;
  process.exitCode = 1;
  if (world !== undefined) console.log(evidence(world));
}

/** What helps to see why the test has failed. */
function evidence({ agent, mailbox }: World): string {
  const tasks = agent.ran.map(
    ({ command, exitCode, output }) =>
      `${command.join(' ')} ended with ${exitCode}:\n${output.slice(-3_000)}`,
  );
  const mails = mailbox.mails.map(({ subject, message }) => `mail: ${subject}\n${message}`);
  const complaint = agent.failure === undefined ? [] : [`the agent in place of ECS: ${agent.failure}`];
  return [...tasks, ...mails, ...complaint].join('\n\n');
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
