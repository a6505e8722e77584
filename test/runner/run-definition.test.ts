import { describe, expect, it } from 'vitest';
import { TaskFailure } from '../../src/clients/task-failure.ts';
import { ApprovalDeniedError } from '../../src/recovery/recovery-errors.ts';
import type { LocalServices } from '../../src/runner/local-services.ts';
import { runDefinition } from '../../src/runner/run-definition.ts';
import { builtDefinition } from './built-definition.ts';

const definition = await builtDefinition();

interface World {
  /** The assessments in the order in which they are made; the last one stays. */
  readonly plans: ReadonlyArray<Record<string, unknown>>;
  readonly approval?: () => Promise<unknown>;
  /** What a run of a task ends with, by name, in the order of its runs; afterwards it succeeds. */
  readonly failures?: Readonly<Record<string, ReadonlyArray<string>>>;
  readonly rollBack?: ReadonlyArray<string>;
  readonly unstoppable?: true;
  readonly failing?: Readonly<Record<string, string>>;
}

/** Stubs that record what was called; the paths are the definition's own. */
function world(options: World) {
  const calls: string[] = [];
  const plans = [...options.plans];
  const rollBacks = [...(options.rollBack ?? [])];
  const failures = new Map(Object.entries(options.failures ?? {}).map(([task, names]) => [task, [...names]]));
  const running = new Set<string>();
  const answers: Record<string, (event: Record<string, unknown>) => unknown> = {
    Assess: () => (plans.length > 1 ? plans.shift() : plans[0]),
    RequestApproval: () => null,
    Lock: ({ action }) => (action === 'acquire' ? { id: 'lock-1' } : null),
    RollBack: () => ({ decision: rollBacks.shift() ?? 'rolled back', waitSeconds: 1 }),
    Report: (event) => ({ ...event, ...failureOf(event) }),
  };
  const services: LocalServices = {
    handler: async (logicalId) => async (event) => {
      const name = Object.keys(answers).find((key) => logicalId.includes(`Lambdas${key}`)) ?? logicalId;
      const parameters = event as Record<string, unknown>;
      calls.push(name === 'Lock' ? `Lock ${parameters['action']}` : name);
      const error = options.failing?.[name];
      if (error !== undefined) throw Object.assign(new Error('stub'), { name: error });
      return answers[name]?.(parameters);
    },
    tasks: {
      run: async ({ command: [, task = ''], startedBy }) => {
        calls.push(task);
        const failure = failures.get(task)?.shift();
        if (failure === undefined) return null;
        running.add(`arn:${startedBy}:${task}`);
        throw new TaskFailure(failure, JSON.stringify({ errorType: failure, errorMessage: 'stub' }));
      },
      list: (startedBy) => [...running].filter((arn) => arn.startsWith(`arn:${startedBy}:`)),
      stop: async (arn) => {
        if (options.unstoppable === true) throw new TaskFailure('Ecs.ServerException', 'stub');
        calls.push(`stop ${arn}`);
        running.delete(arn);
      },
      status: (arn) => (running.has(arn) ? 'RUNNING' : 'STOPPED'),
    },
    answerToken: options.approval ?? (async () => ({ approvedBy: 'on-call' })),
  };
  const run = (input: Record<string, unknown> = {}) =>
    runDefinition(definition, input, { services, waitMs: 0, onState: (name) => states.push(name) });
  const states: string[] = [];
  return { calls, states, run };
}

/** As the report Lambda tells a failure. */
function failureOf({ failure }: Record<string, unknown>) {
  const { Error: error, Cause: cause } = (failure ?? {}) as { Error?: string; Cause?: string };
  return error === undefined ? {} : { error, cause };
}

const plan = (changes: Record<string, unknown> = {}) => ({
  recoveryId: 'r1',
  decision: 'ask',
  procedure: 'standard',
  planHash: 'h1',
  planPath: 'recoveries/r1/plan.json',
  reason: '',
  compared: false,
  ...changes,
});

const PREPARED = ['Assess', 'RequestApproval', 'Lock acquire', 'Assess'];

describe('the recovery state machine', () => {
  it('restores, replays, cuts over and reports under the lock once the plan is approved', async () => {
    const { calls, run } = world({ plans: [plan()] });
    expect(await run()).toEqual({
      kind: 'succeeded',
      output: { recoveryId: 'r1', procedure: 'standard', outcome: 'recovered' },
    });
    expect(calls).toEqual([...PREPARED, 'restore', 'replay', 'cut-over', 'Report', 'Lock release']);
  });

  it('ends with the reason where no procedure is possible', async () => {
    const { calls, run } = world({ plans: [plan({ decision: 'refused', reason: 'the topic is gone' })] });
    expect(await run()).toEqual({ kind: 'failed', error: 'RecoveryRefused', cause: 'the topic is gone' });
    expect(calls).toEqual(['Assess']);
  });

  it('only plans in a dry run', async () => {
    const { calls, run } = world({ plans: [plan({ decision: 'dry-run' })] });
    expect(await run({ dryRun: true })).toMatchObject({ kind: 'succeeded', output: { planHash: 'h1' } });
    expect(calls).toEqual(['Assess']);
  });

  it('compares all events in a task where that is asked for, and plans again', async () => {
    const { calls, run } = world({ plans: [plan({ decision: 'compare' }), plan({ decision: 'dry-run' })] });
    expect(await run({ fullDigest: true, dryRun: true })).toMatchObject({ kind: 'succeeded' });
    expect(calls).toEqual(['Assess', 'compare', 'Assess']);
  });

  it('ends before anything is changed where the comparison does', async () => {
    const failures = { compare: ['RecoveryCancelledError'] };
    const { calls, run } = world({ plans: [plan({ decision: 'compare' }), plan()], failures });
    expect(await run({ fullDigest: true })).toMatchObject({
      kind: 'failed',
      error: 'RecoveryCancelledError',
    });
    expect(calls).toEqual(['Assess', 'compare']);
  });

  it('does not ask where the input approves the plan by its hash', async () => {
    const { calls, run } = world({ plans: [plan({ decision: 'approved' })] });
    await run({ approvedPlanHash: 'h1' });
    expect(calls).not.toContain('RequestApproval');
    expect(calls).toContain('cut-over');
  });

  it('changes nothing where the approval is denied', async () => {
    const approval = () => Promise.reject(new ApprovalDeniedError());
    const { calls, run } = world({ plans: [plan()], approval });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'ApprovalDeniedError' });
    expect(calls).toEqual(['Assess', 'RequestApproval']);
  });

  it('changes nothing where nobody approves in time', async () => {
    const approval = () => Promise.reject(Object.assign(new Error('late'), { name: 'States.Timeout' }));
    const { states, run } = world({ plans: [plan()], approval });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'ApprovalExpired' });
    expect(states).not.toContain('AcquireLock');
  });

  it('ends where another operation holds the lock', async () => {
    const { calls, run } = world({ plans: [plan()], failing: { Lock: 'LockHeldError' } });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'LockHeldError' });
    expect(calls).toEqual(['Assess', 'RequestApproval', 'Lock acquire']);
  });

  it('releases the lock and asks again where the world changed after the approval', async () => {
    const { calls, run } = world({
      plans: [plan(), plan({ planHash: 'h2' }), plan({ planHash: 'h2' })],
    });
    expect(await run()).toMatchObject({ kind: 'succeeded' });
    expect(calls.slice(0, 9)).toEqual([...PREPARED, 'Lock release', ...PREPARED]);
  });

  it('stops the task before it rolls back, reports and releases the lock where a step fails', async () => {
    const { calls, run } = world({ plans: [plan()], failures: { restore: ['BackupDamagedError'] } });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'BackupDamagedError' });
    expect(calls).toEqual([
      ...PREPARED,
      'restore',
      'stop arn:r1:restore',
      'RollBack',
      'Report',
      'Lock release',
    ]);
  });

  it('runs the procedure again after a crash, once the lost task is stopped', async () => {
    const { calls, run } = world({
      plans: [plan()],
      failures: { replay: ['States.HeartbeatTimeout'] },
      rollBack: ['again'],
    });
    expect(await run()).toMatchObject({ kind: 'succeeded' });
    expect(calls.slice(4)).toEqual([
      'restore',
      'replay',
      'stop arn:r1:replay',
      'RollBack',
      'restore',
      'replay',
      'cut-over',
      'Report',
      'Lock release',
    ]);
  });

  it('goes forward only after the commit point', async () => {
    const { calls, run } = world({
      plans: [plan()],
      failures: { 'cut-over': ['ConnectError', 'ConnectError'] },
      rollBack: ['forward', 'forward'],
    });
    expect(await run()).toMatchObject({ kind: 'succeeded' });
    expect(calls.filter((call) => call === 'restore')).toHaveLength(1);
    expect(calls.filter((call) => call === 'cut-over')).toHaveLength(3);
  });

  it('still reports and unlocks where the roll-back itself fails, and tells the first failure', async () => {
    const { calls, run } = world({
      plans: [plan()],
      failures: { replay: ['NotBalancedError'] },
      failing: { RollBack: 'ConnectError' },
    });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'NotBalancedError' });
    expect(calls.slice(-3)).toEqual(['RollBack', 'Report', 'Lock release']);
  });

  it('unlocks and says so where even the report fails', async () => {
    const { calls, run } = world({
      plans: [plan()],
      failures: { replay: ['NotBalancedError'] },
      failing: { Report: 'VaultWriteError' },
    });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'RecoveryNotReported' });
    expect(calls.slice(-3)).toEqual(['RollBack', 'Report', 'Lock release']);
  });

  it('keeps the lock where a failed task cannot be stopped', async () => {
    const { calls, run } = world({
      plans: [plan()],
      failures: { replay: ['States.HeartbeatTimeout'] },
      unstoppable: true,
    });
    expect(await run()).toMatchObject({ kind: 'failed', error: 'TasksNotStopped' });
    expect(calls).not.toContain('RollBack');
    expect(calls).not.toContain('Lock release');
  });

  it('undoes a recovery by the same path', async () => {
    const { calls, run } = world({ plans: [plan({ procedure: 'undo' })] });
    expect(await run({ undo: 'r0' })).toMatchObject({ kind: 'succeeded' });
    expect(calls).toEqual([...PREPARED, 'undo', 'Report', 'Lock release']);
  });
});
