import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookAtGuard } from '../../src/doctor/guard-checks.ts';
import { createFreeze, newFreezeRecord, readFreeze } from '../../src/freeze/freeze-record.ts';
import { guardSink } from '../../src/janitor/guard.ts';
import { acquireLock, currentOwner } from '../../src/vault/lock.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { runCli } from '../cli/run-cli.ts';
import { openFreezeDeps, runChild, sinkState, someEvents, tally, waitForThaw } from '../freeze/scene.ts';
import { whileAlive } from '../vault/living-lock.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';

const bed = sharedBed();
const FREEZING = '../freeze/freezing-process.ts';

let msr: Msr;
let produced = 0;
let directory: string;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'guard', tasks: 2 });
});
afterAll(() => msr?.drop());
beforeEach(() => {
  directory = temporaryDirectory();
});

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 100, produced + 1));
  produced += 100;
}

async function expectEverythingOnce(): Promise<void> {
  await msr.waitForEvents(produced);
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
}

/** `msr guard` in this process, until the work is done. */
async function whileGuarded<T>(
  work: () => Promise<T>,
): Promise<{ result: T; exitCode: number; said: string }> {
  const end = new AbortController();
  const guard = runCli(['guard', '--json'], msr.env(directory), { signal: end.signal });
  try {
    const result = await work();
    end.abort(new Error('enough'));
    const { exitCode, stdout, stderr } = await guard;
    return { result, exitCode, said: stdout + stderr };
  } finally {
    end.abort();
    await guard;
  }
}

test('a backup that was killed in its pause together with its guardian: msr guard resumes the sink', async () => {
  const deps = await openFreezeDeps(msr, directory);
  const { exitCode, said } = await whileGuarded(async () => {
    await waitFor(
      'the guard to show itself',
      async () => (await lookAtGuard(deps.vault, msr.connector)).state === 'alive',
    );
    const end = await runChild('../freeze/freezing-process.ts', ['die-together'], msr.env(directory));
    expect(end, end.said).toMatchObject({ signal: 'SIGKILL' });
    expect(await readFreeze(deps.vault, msr.connector)).toBeDefined();
    expect(await sinkState(msr)).toBe('STOPPED');
    await produceMore();
    await waitForThaw(deps.vault, msr.connector);
  });
  expect(exitCode).toBe(0);
  expect(said).toContain('"freezesEnded": 1');
  expect(said).toContain('was left frozen by a test process');
  expect(await currentOwner(deps.vault)).toBeUndefined();
  await deps.close();
  await expectEverythingOnce();
});

test('who is alive is left alone, and once the guard looks again after its death the sink runs', async () => {
  const deps = await openFreezeDeps(msr, directory);
  const script = fileURLToPath(new URL(FREEZING, new URL('../freeze/', import.meta.url)));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, 'hold'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: msr.env(directory),
  });
  await once(createInterface({ input: child.stdout }), 'line');
  const look = () => runCli(['guard', '--once', '--json'], msr.env(directory));
  expect(JSON.parse((await look()).stdout)).toMatchObject({ freezesEnded: 0 });
  expect(await sinkState(msr)).toBe('STOPPED');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // Its guardian is alive, and as quick: the end is the same.
  await look();
  await waitForThaw(deps.vault, msr.connector);
  await deps.close();
  await produceMore();
  await expectEverythingOnce();
});

test('an owner in another container is watched: one that lives keeps its freeze, a silent one loses it', async () => {
  const deps = await openFreezeDeps(msr, directory);
  const elsewhere = { host: 'other', machine: 'another container', pid: 1, processStart: '1' };
  const { id } = await acquireLock(deps.vault, {
    purpose: 'backup',
    executionArn: 'seen by its renewals alone',
  });
  const { connector } = msr;
  const record = newFreezeRecord({ connector, purpose: 'backup', owner: 'b', found: 'RUNNING' }, elsewhere);
  await createFreeze(deps.vault, record);
  await deps.connect.stop(connector);
  const watch = { leaseMs: 1500, lookMs: 100 };
  const { signal } = new AbortController();
  const look = () =>
    guardSink({ open: async () => deps, progress: deps.progress, signal, watch, once: true });
  expect(await whileAlive(deps.vault, id, look)).toBe(0);
  expect(await sinkState(msr)).toBe('STOPPED');
  expect(await look()).toBe(1);
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await readFreeze(deps.vault, connector)).toBeUndefined();
  await deps.close();
  await produceMore();
  await expectEverythingOnce();
});
