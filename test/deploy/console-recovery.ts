import { waitFor } from '../bed/wait.ts';
import { dropDatabase } from '../drill/live-database.ts';
import { proveByNumbers } from '../drill/proof.ts';
import { sinkState } from '../freeze/scene.ts';
import { startExecution, waitForEnd } from './executions.ts';
import { operator, operatorJson } from './operator.ts';
import type { Checks, Steps } from './run-steps.ts';
import { readTexts } from './vault-objects.ts';
import { bucketsOf, type World } from './world.ts';

const RECOVERY_TAKES_AT_MOST_MS = 240_000;
const APPROVAL = /msr approve (?<id>\S+) --plan (?<hash>\S+)/;

/** What a person mistypes, and what a person tries first. Neither changes anything. */
export async function tryInputs({ sfn, deployment }: World, checks: Checks): Promise<void> {
  const end = async (input: unknown) =>
    await waitForEnd(sfn, await startExecution(sfn, deployment.recoveryMachineArn, input), 120_000);
  const mistyped = await end({ dryrun: true });
  const hint = mistyped.cause.includes('HINT: did you mean dryRun?');
  const isNamed = mistyped.status === 'FAILED' && mistyped.error === 'RecoveryInputError' && hint;
  checks.expect(isNamed, 'a mistyped input fails by name, with a HINT', mistyped);
  const dryRun = await end({ dryRun: true });
  const isPlanned = dryRun.status === 'SUCCEEDED' && dryRun.output.includes('"planHash"');
  checks.expect(isPlanned, '{"dryRun": true} ends with a plan', dryRun);
}

/** The database is lost; somebody presses the button with `{}`, reads the mail and does what it says. */
export async function recoverFromConsole(world: World, steps: Steps, checks: Checks): Promise<void> {
  const { sfn, deployment, mailbox, msr } = world;
  await dropDatabase(msr);
  steps.say('       the live database is dropped while the sink writes to it');
  const executionArn = await startExecution(sfn, deployment.recoveryMachineArn, {});
  const mail = await mailbox.waitFor(APPROVAL, 120_000);
  const { id = '', hash = '' } = APPROVAL.exec(mail.message)?.groups ?? {};
  checks.expect(!/taskToken|https?:/.test(mail.message), 'the mail holds neither token nor link', mail);
  await checkWrongAnswer(world, id, checks);
  const approved = await operator(world, ['approve', id, '--plan', hash]);
  checks.expect(approved.exitCode === 0, `\`msr approve ${id} --plan ${hash}\` approves it`, approved);
  const watching = operator(world, ['recoveries', 'watch', id]);
  const end = await waitForEnd(sfn, executionArn, RECOVERY_TAKES_AT_MOST_MS);
  checks.require(end.status === 'SUCCEEDED', 'the recovery execution succeeded', end);
  const watched = await watching;
  const isVerdict = watched.exitCode === 0 && watched.stdout.includes('RECOVERED');
  checks.expect(isVerdict, '`msr recoveries watch` follows it and exits with its verdict', watched);
  await checkRecords(world, id, hash, checks);
}

async function checkWrongAnswer(world: World, id: string, checks: Checks): Promise<void> {
  const wrong = await operator(world, ['approve', id, '--plan', 'ffffffffffff']);
  const isRefused = wrong.exitCode === 1 && wrong.stderr.includes('not for ffffffffffff');
  checks.expect(isRefused, 'another plan is not approved by it', wrong);
}

async function checkRecords(world: World, id: string, hash: string, checks: Checks): Promise<void> {
  const again = await operator(world, ['approve', id, '--plan', hash]);
  const isRefused = again.exitCode === 1 && again.stderr.includes('was approved by');
  checks.expect(isRefused, 'an answer counts once', again);
  const shown = await operatorJson(world, ['recoveries', 'show', id]);
  checks.expect(shown.state === 'recovered', 'its report in the vault says recovered', shown);
  const pages = (await readTexts([bucketsOf(world).documents])).filter(({ place }) =>
    place.endsWith(`${id}/progress.html`),
  );
  checks.expect(
    pages[0]?.text.includes(': recovered</h1>') === true,
    'its page in the vault says recovered',
    pages.map(({ place }) => place),
  );
}

/** Counted by the numbers in the events themselves, after the producer has stopped. */
export async function proveNothingLost({ msr, producer }: World, checks: Checks): Promise<void> {
  const lastNumber = await producer.stop();
  const proof = () => proveByNumbers(msr, { lastNumber, predictedThrough: 0 });
  await waitFor('the sink to catch up', async () => (await proof()).lost === 0, {
    everyMs: 500,
    // What is lost is told by the check.
  }).catch(() => undefined);
  const { lost, doubled, unknown } = await proof();
  const claim = `all ${lastNumber} events are there once: ${lost} lost, ${doubled} doubled`;
  checks.expect(lost === 0 && doubled === 0 && unknown === 0, claim, { lost, doubled, unknown });
  const state = await sinkState(msr);
  checks.expect(state === 'RUNNING', 'the sink runs', state);
}
