import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSupervised } from './supervised.ts';
import { waitFor } from './wait.ts';

/** Starts the engine of the test under supervision in a process that the test can kill. */
const PARENT = `
  import { startSupervised } from ${JSON.stringify(fileURLToPath(new URL('./supervised.ts', import.meta.url)))};
  const [dir, script] = process.argv.slice(1);
  startSupervised({ name: 'engine', dir, command: 'sh', args: ['-c', script], graceMs: 200 });
  setInterval(() => undefined, 60_000);
`;

describe('a supervised engine', () => {
  let dir: string;
  const parents: ChildProcess[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'msr-supervised-'));
  });

  afterEach(async () => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  /** The pids that the engine's shell wrote down. */
  async function pidsOf(file: string, count: number): Promise<number[]> {
    return waitFor(`${count} pids in ${file}`, () => {
      if (!existsSync(file)) return undefined;
      const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
      return pids.length === count ? pids : undefined;
    });
  }

  function startParent(script: string): ChildProcess {
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', PARENT, dir, script], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    });
    parents.push(parent);
    return parent;
  }

  it('ends with a parent that is killed', async () => {
    const file = join(dir, 'pids');
    const parent = startParent(`echo $$ >> ${file}; exec sleep 600`);
    const [engine] = await pidsOf(file, 1);
    expect(isAlive(engine)).toBe(true);
    parent.kill('SIGKILL');
    await waitFor('the engine to end', () => !isAlive(engine));
  });

  it('ends with all of its group, though it does not listen to SIGTERM', async () => {
    const file = join(dir, 'pids');
    const deaf = `trap '' TERM; echo $$ >> ${file}`;
    const parent = startParent(`(${deaf}; sh -c 'echo $$ >> ${file}; exec sleep 600') & ${deaf}; wait`);
    const pids = await pidsOf(file, 3);
    parent.kill('SIGKILL');
    await waitFor('the whole group to end', () => !pids.some(isAlive));
  });

  it('stop() asks by the signal of the engine and returns when it is gone', async () => {
    const file = join(dir, 'pids');
    const script = `trap 'echo asked; exit 0' INT; echo $$ >> ${file}; while :; do sleep 0.05; done`;
    const engine = startSupervised({
      name: 'engine',
      dir,
      command: 'sh',
      args: ['-c', script],
      stopSignal: 'SIGINT',
    });
    const [pid] = await pidsOf(file, 1);
    await engine.stop();
    expect(isAlive(pid)).toBe(false);
    expect(readFileSync(engine.logFile, 'utf8')).toContain('asked');
    await engine.stop();
  });

  it('says how it ended, with its last words, when it ends by itself', async () => {
    const engine = startSupervised({
      name: 'engine',
      dir,
      command: 'sh',
      args: ['-c', 'echo no space left; exit 3'],
    });
    const failure = waitFor('the engine to answer', () => {
      engine.assertRunning();
      return false;
    });
    await expect(failure).rejects.toThrow(/engine ended while it was starting.*no space left/s);
  });

  it('says that a command is not there', async () => {
    const engine = startSupervised({ name: 'engine', dir, command: 'no-such-engine', args: [] });
    const failure = waitFor('the engine to answer', () => {
      engine.assertRunning();
      return false;
    });
    await expect(failure).rejects.toThrow(/cannot start no-such-engine/);
  });
});

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    // A zombie still has a pid; its state tells.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // No such entry: gone.
    return false;
  }
}
