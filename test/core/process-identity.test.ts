import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { localProbe, processFate, processIdentity } from '../../src/core/process-identity.ts';

// Each test starts processes, on machines that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

describe('a real process', () => {
  test('this one is alive', () => {
    expect(processFate(processIdentity(), localProbe)).toBe('alive');
  });

  test('is dead once it was killed, and an earlier one of the same pid is too', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const identity = processIdentity(child.pid);
    expect(processFate(identity, localProbe)).toBe('alive');
    expect(processFate({ ...identity, processStart: '1' }, localProbe)).toBe('dead');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(processFate(identity, localProbe)).toBe('dead');
  });

  test('that is dead but not reaped yet counts as dead', async () => {
    // The shell becomes a sleep that never asks how its child ended.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = await once(parent.stdout, 'data');
    const identity = processIdentity(Number(line));
    await vi.waitFor(() => expect(processFate(identity, localProbe)).toBe('dead'), 30_000);
  });

  test('that never was is dead', () => {
    expect(localProbe.processStart(2 ** 30)).toBeUndefined();
  });
});
