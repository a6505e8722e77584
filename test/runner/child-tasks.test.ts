import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/core/progress.ts';
import { ChildTasks } from '../../src/runner/child-tasks.ts';

const entryPoint = fileURLToPath(new URL('./fixtures/task.mjs', import.meta.url));
const running: ChildTasks[] = [];

function childTasks(options: { progress?: Progress; signal?: AbortSignal } = {}): ChildTasks {
  const progress = options.progress ?? { note: () => {}, update: () => {} };
  const tasks = new ChildTasks({ entryPoint, env: process.env, stopTimeoutMs: 300, ...options, progress });
  running.push(tasks);
  return tasks;
}
afterEach(() => Promise.all(running.splice(0).map((tasks) => tasks.stopAll())));

const request = (behaviour: string, heartbeatSeconds = 30) => ({
  command: [behaviour],
  environment: { MSR_OPERATION_ID: 'r1' },
  startedBy: 'r1',
  heartbeatSeconds,
});

describe('ChildTasks', () => {
  it('ends with what the task reports, started with command and environment of the overrides', async () => {
    await expect(childTasks().run(request('succeed'))).resolves.toEqual({ recoveryId: 'r1' });
  });

  it('fails with the name and the cause that the task reports', async () => {
    await expect(childTasks().run(request('fail'))).rejects.toMatchObject({
      name: 'NotBalancedError',
      message: '{"errorType":"NotBalancedError","errorMessage":"a fact"}',
    });
  });

  it('passes progress on', async () => {
    const seen: unknown[] = [];
    const progress = { note: (m: string) => seen.push(m), update: (u: unknown) => seen.push(u) };
    await childTasks({ progress }).run(request('progress'));
    expect(seen).toEqual(['restoring', { activity: 'restore', done: 1, total: 2, unit: 'rows' }]);
  });

  it('sees a task that died without a word', async () => {
    await expect(childTasks().run(request('die'))).rejects.toMatchObject({
      name: 'States.HeartbeatTimeout',
      message: 'the task ended without a report: SIGKILL',
    });
  });

  it('takes a silent task for lost, lists it still, and stops it', async () => {
    const tasks = childTasks();
    await expect(tasks.run(request('silent', 0.3))).rejects.toMatchObject({
      name: 'States.HeartbeatTimeout',
    });
    const [arn = ''] = tasks.list('r1');
    expect(tasks.list('another recovery')).toEqual([]);
    expect(tasks.status(arn)).toBe('RUNNING');
    await tasks.stop(arn);
    expect(tasks.status(arn)).toBe('STOPPED');
    expect(tasks.list('r1')).toEqual([]);
  });

  it('waits for a task as long as it beats', async () => {
    await expect(childTasks().run(request('beat-then-succeed', 1))).resolves.toBeNull();
  });

  it('kills a task that does not stop in time', async () => {
    let ready = () => {};
    const started = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const tasks = childTasks({ progress: { note: () => ready(), update: () => {} } });
    const ended = tasks.run(request('ignore-sigterm')).catch((error: Error) => error.message);
    await started;
    await tasks.stopAll();
    expect(await ended).toBe('the task ended without a report: SIGKILL');
  });

  it('fails the running step at once when the recovery is cancelled, and starts what the failure path needs', async () => {
    const cancel = new AbortController();
    const tasks = childTasks({ signal: cancel.signal });
    const ended = tasks.run(request('silent')).catch((error: Error) => error.name);
    cancel.abort();
    expect(await ended).toBe('RecoveryCancelledError');
    await expect(tasks.run(request('succeed'))).resolves.toEqual({ recoveryId: 'r1' });
  });

  it('tells a cancellation between two tasks by the next one, once', async () => {
    const tasks = childTasks({ signal: AbortSignal.abort() });
    await expect(tasks.run(request('succeed'))).rejects.toMatchObject({ name: 'RecoveryCancelledError' });
    await expect(tasks.run(request('succeed'))).resolves.toEqual({ recoveryId: 'r1' });
  });
});
