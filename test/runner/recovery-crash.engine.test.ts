import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../src/core/failpoint.ts';
import { currentOwner } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withClient } from '../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../cli/run-msr.ts';
import { sinkState, someEvents, tally } from '../freeze/scene.ts';

const MSR = fileURLToPath(new URL('../../bin/msr.mjs', import.meta.url));
const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-crash-test-'));

let msr: Msr;
let produced = 0;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'crash', tasks: 2 });
  await produceMore();
  await msr.waitForEvents(produced);
  expectEnd(await run({}, 'backup'), 0);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

function run(env: Readonly<Record<string, string>>, ...args: string[]): Promise<MsrResult> {
  return runMsr(args, { ...msr.env(vault), ...env });
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(exitCode);
}

/** Under whoever uses it; a case before that failed may have left none. */
async function loseDatabase(): Promise<void> {
  await withClient(msr.url('admin', 'postgres'), (client) =>
    client.query(`DROP DATABASE IF EXISTS "${msr.database}" WITH (FORCE)`),
  );
}

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 200, produced + 1));
  produced += 200;
}

async function expectEverythingOnce(): Promise<void> {
  await produceMore();
  await msr.waitForEvents(produced);
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await lockOwner()).toBeUndefined();
}

const lockOwner = () => currentOwner(openVault(msr.env(vault)['MSR_VAULT_URL'] ?? ''));

const recoveryOf = ({ stdout }: MsrResult): string => /recovery +(\S+?),/.exec(stdout)?.[1] ?? 'none';

describe('a task that is killed', () => {
  it.each<[Failpoint, string]>([
    // What it had committed is not replayed again.
    ['replay-batch.after', 'Replay'],
    // Past the commit point only forward leads out.
    ['rename.after', 'CutOver'],
    ['offset-alter.after', 'CutOver'],
  ])('at %s: the same run goes on from there', async (failpoint, step) => {
    await loseDatabase();
    await produceMore();
    const result = await run({ [FAILPOINT_VARIABLE]: failpoint }, 'recover', '--yes');
    expect(result.stderr).toContain(`${step} failed with States.HeartbeatTimeout`);
    expectEnd(result, 0);
    await expectEverythingOnce();
  });

  it('in the test of the MSR API: it comes to its end without it, and the session is deleted', async () => {
    await loseDatabase();
    await produceMore();
    const result = await run({ [FAILPOINT_VARIABLE]: 'api-session.after' }, 'recover', '--yes');
    expect(result.stderr.match(/CutOver failed with States.HeartbeatTimeout/g)).toHaveLength(1);
    expectEnd(result, 2);
    expect(result.stdout).toMatch(
      /\nMSR API +its test was broken off; it wrote the session \S+: it was deleted\n(.*\n)*verdict +RECOVERED; THE MSR API WAS NOT TESTED\n$/,
    );
    const sessions = `SELECT FROM msr.session WHERE user_id = 'msr-recovery'`;
    expect((await msr.query('api', (client) => client.query(sessions))).rowCount).toBe(0);
    await expectEverythingOnce();
  });

  it.each<Failpoint>(['replay-batch.before', 'rename.before'])(
    'again and again, at %s: the run gives up, the next one continues it',
    async (failpoint) => {
      await loseDatabase();
      await produceMore();
      const failed = await run({ [FAILPOINT_VARIABLE]: failpoint }, 'recover', '--yes');
      expect(failed.stderr.match(/failed with States.HeartbeatTimeout/g)).toHaveLength(3);
      expectEnd(failed, 1);
      const continued = await run({}, 'recover', '--yes');
      expectEnd(continued, 0);
      expect(recoveryOf(continued)).toBe(recoveryOf(failed));
      await expectEverythingOnce();
    },
  );
});

describe('a runner that is killed', () => {
  it.each(['step 1 of 3', 'step 3 of 3'])(
    'at %s: the next run takes over its lock and continues its recovery',
    async (step) => {
      await loseDatabase();
      await produceMore();
      await killAt(step);
      expectEnd(await run({}, 'recover', '--yes'), 0);
      await expectEverythingOnce();
    },
  );
});

it('a runner that is interrupted stops its task, gives the lock back, and says that it can go on', async () => {
  await loseDatabase();
  await produceMore();
  const { child, told } = await signalAt('step 2 of 3', 'SIGINT');
  expect(child.exitCode, told).toBe(1);
  expect(told).toContain('Replay failed with RecoveryCancelledError: the recovery was cancelled');
  expect(told).toContain('HINT: run `msr recover` again: it continues where it stopped');
  expect(await lockOwner()).toBeUndefined();
  expectEnd(await run({}, 'recover', '--yes'), 0);
  await expectEverythingOnce();
});

/** Starts a recovery and kills it without a word when it tells of that step. */
async function killAt(step: string): Promise<void> {
  const { child } = await signalAt(step, 'SIGKILL');
  expect(child.signalCode).toBe('SIGKILL');
}

async function signalAt(step: string, signal: NodeJS.Signals) {
  const child: ChildProcess = spawn(process.execPath, [MSR, 'recover', '--yes'], {
    env: { ...process.env, ...msr.env(vault) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.stderr === null) throw new Error('no pipe from the child');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.includes(step)) child.kill(signal);
  }
  await ended;
  return { child, told: lines.join('\n') };
}
