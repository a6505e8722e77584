import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

// Each test starts processes, on machines that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

function start(...args: string[]) {
  const script = fileURLToPath(new URL('interruptible.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => (await lines.next()).value;
  return { child, next, exited: once(child, 'exit') };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'the first %s asks for an end at the next safe place',
  async (signal) => {
    const { child, next, exited } = start('obedient');
    expect(await next()).toBe('ready');
    child.kill(signal);
    expect(await next()).toBe(`interrupted by ${signal}; the command stopped at the next safe place`);
    expect(await next()).toBe(
      'HINT: run the same command again: a recovery goes on where it stopped, a backup begins anew',
    );
    expect(await exited).toEqual([0, null]);
  },
);

test('the second one ends the process where it stands', async () => {
  const { child, next, exited } = start('busy');
  expect(await next()).toBe('ready');
  child.kill('SIGINT');
  await next();
  child.kill('SIGINT');
  expect(await exited).toEqual([130, null]);
});
