import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { sinkState, someEvents, tally } from '../freeze/scene.ts';
import { type MsrResult, runMsr } from './run-msr.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-recover-test-'));

let msr: Msr;
let produced = 0;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'recover' });
  await produceMore();
  expectEnd(await run('backup', '--json'), 0);
  await produceMore();
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

function run(...args: string[]): Promise<MsrResult> {
  return runMsr(args, msr.env(vault));
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 300, produced + 1));
  produced += 300;
  await msr.waitForEvents(produced);
}

/** As somebody at another terminal sees it. */
async function waitForRecovery(state: string): Promise<string> {
  return await waitFor(`a recovery that is ${state}`, async () => {
    const { recoveries } = JSON.parse((await run('recoveries', 'list', '--json')).stdout);
    return recoveries.find((recovery: { state: string }) => recovery.state === state)?.recoveryId;
  });
}

/** What was produced before and what comes now is there once, and the sink runs. */
async function expectEverythingOnce(): Promise<void> {
  await produceMore();
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
}

test('a healthy database is not replaced, and a dry run says so', async () => {
  const dry = await run('recover', '--dry-run');
  expectEnd(dry, 0);
  expect(dry.stdout).toMatch(/\nREFUSED: the live database \S+ holds all that the backup holds/);
  const refused = await run('recover', '--yes');
  expectEnd(refused, 1);
  expect(refused.stderr).toMatch(/\nmsr: nothing was changed: no plan can be carried out\n$/);
  await expectEverythingOnce();
});

test('without an approval nothing is changed, and the hash to approve is told', async () => {
  const unapproved = await run('recover', '--force');
  expectEnd(unapproved, 1);
  const hash = /`msr recover --approve ([0-9a-f]{12})` approves it/.exec(unapproved.stderr)?.[1] ?? '';
  expect(unapproved.stderr).toContain(`plan       ${hash}\n`);
  const wrong = await run('recover', '--force', '--approve', 'ffffffffffff', '--json');
  expectEnd(wrong, 1);
  expect(JSON.parse(wrong.stdout)).toEqual({
    error: {
      name: 'ApprovalDeniedError',
      fact: `the plan is ${hash} now; ffffffffffff was approved`,
      hint: 'nothing was changed; run `msr recover` again to see a new plan',
    },
    exitCode: 1,
  });
  await expectEverythingOnce();
});

test.each(['load the dump', 'is being stopped for the cutover'])(
  'Ctrl-C at "%s" ends with the sink running; the same command finishes the recovery',
  async (interruptAt) => {
    const args = ['recover', '--force', '--yes'];
    const interrupted = await runMsr(args, msr.env(vault), { interruptAt });
    expectEnd(interrupted, 1);
    expect(interrupted.stderr).toContain('SIGINT: stopping at the next safe place');
    expect(interrupted.stderr).toMatch(/\nmsr: .*\nHINT: .*\n$/);
    await expectEverythingOnce();
    const finished = await run(...args);
    expectEnd(finished, 0);
    expect(finished.stderr).toMatch(/was not finished and is continued/);
    await expectEverythingOnce();
  },
);

test('an approved plan is carried out, undone, redone and cleaned up: every event once each time', async () => {
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  const recovering = run('recover', '--force', '--approve', plan.hash);
  const watching = waitForRecovery('running').then((id) => run('recoveries', 'watch', id));
  const recovered = await recovering;
  expectEnd(recovered, 0);
  const watched = await watching;
  expectEnd(watched, 0);
  expect(watched.stderr).toMatch(/: running\n(.*\n)*.*: recovered\n$/);
  expect(watched.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  expect(recovered.stdout).toMatch(/\nledger, cutover +balanced: .*\nverdict +RECOVERED\n$/s);
  expect(recovered.stdout).toMatch(
    /\nMSR API +the API made the session .*; \d+ events are as in the database, .*\n/,
  );
  expect(recovered.stderr).toContain('step 3 of 3: cut over\n');
  await expectEverythingOnce();

  const { MSR_API_URL: _, ...nowhere } = msr.env(vault);
  const undone = await runMsr(['recover', '--undo', '--yes'], nowhere);
  expectEnd(undone, 2);
  expect(undone.stdout).toMatch(
    /\nMSR API +not tested: MSR_API_URL is not set\n(.*\n)*verdict +RECOVERED; THE MSR API WAS NOT TESTED\n$/,
  );
  await expectEverythingOnce();
  msr.api.break('state-old');
  const redone = await run('recover', '--redo', '--yes');
  msr.api.break(undefined);
  expectEnd(redone, 1);
  expect(redone.stdout).toMatch(
    /\nMSR API +FAILED: .* is shown in another state; .*\n(.*\n)*verdict +RECOVERED; THE MSR API FAILED ITS TEST\n$/,
  );
  await expectEverythingOnce();

  const listed = JSON.parse((await run('cleanup', '--json')).stdout);
  expect(listed).toMatchObject({
    dropped: false,
    databases: [{ kind: 'old' }, { kind: 'old' }, { kind: 'old' }],
  });
  expectEnd(await run('cleanup', '--yes'), 0);
  expect((await run('cleanup')).stdout).toBe('no recovery has left a database\n');
  await expectEverythingOnce();
});
