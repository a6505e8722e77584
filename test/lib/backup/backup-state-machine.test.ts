import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import {
  FINAL_BACKUP_ERRORS,
  PASSING_BACKUP_ERRORS,
} from '../../../src/backup/execution/after-backup-failure.ts';
import { secondsToNextLook } from '../../../src/backup/pending/await-baseline.ts';
import { BACKUP_TASK_NAMES, TaskVariable } from '../../../src/edge/task-environment.ts';
import { allStates, type State } from '../../../src/runner/definition.ts';
import { LEASE_MS } from '../../../src/vault/lock-owner.ts';
import { declaredErrors } from '../declared-errors.ts';
import { synthesized } from '../synthesized.ts';

const { definition } = synthesized('backup');
const states = allStates(definition);
const tasks = [...states].filter(([, { Type }]) => Type === 'Task');
const ecsTasks = tasks.filter(([, { Resource }]) => Resource?.includes(':ecs:runTask') === true);
const state = (name: string): State => states.get(name) ?? { Type: 'none' };

interface Rule {
  readonly ErrorEquals: readonly string[];
  readonly Next?: string;
}
const rules = (of: State, field: 'Catch' | 'Retry') => (of[field] ?? []) as readonly Rule[];

describe('the backup’s definition', () => {
  it('is valid in the Amazon States Language', () => {
    const { isValid, errorsText } = validate(definition, { checkArn: true, checkPaths: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('ends by itself: a timeout for the execution and for every Task, heartbeats for containers', () => {
    expect(definition.TimeoutSeconds).toBeGreaterThan(0);
    for (const [name, { TimeoutSeconds }] of tasks) expect(TimeoutSeconds, name).toBeGreaterThan(0);
    for (const [name, task] of ecsTasks) {
      expect(task.HeartbeatSeconds, name).toBeLessThan(task.TimeoutSeconds ?? 0);
    }
  });

  it('runs the tasks that the command line knows, each marked with its backup; only the cut needs the lock', () => {
    const environments = Object.fromEntries(
      ecsTasks.map(([, { Parameters }]) => {
        const { Overrides, ...parameters } = Parameters as {
          Overrides: { ContainerOverrides: [{ Command: [string, string]; Environment: { Name: string }[] }] };
        };
        expect(parameters).toHaveProperty(['StartedBy.$'], '$.begun.backupId');
        const [{ Command, Environment }] = Overrides.ContainerOverrides;
        return [Command[1], Environment.map(({ Name }) => Name)];
      }),
    );
    expect(Object.keys(environments).sort()).toEqual([...BACKUP_TASK_NAMES].sort());
    const { taskToken, operationId, lockId } = TaskVariable;
    expect(environments['backup']).toEqual([taskToken, operationId, lockId, 'MSR_IGNORE_MAINTENANCE']);
    expect(environments['verify']).toEqual([taskToken, operationId]);
    expect(environments['rehearse']).toEqual([taskToken, operationId]);
  });

  it('stops what a failed task may still run before anything else, whatever its error', () => {
    for (const [name, task] of ecsTasks) {
      expect(rules(task, 'Catch'), name).toEqual([
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'ListTasks' },
      ]);
      const refused = rules(task, 'Retry').flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(
        refused.every((error) => error.startsWith('Ecs.')),
        name,
      ).toBe(true);
    }
    expect(state('StopEachTask')['Next']).toBe('Settle');
  });

  it('catches every error of every Task outside of the stopping', () => {
    const inner = new Set(['StopTask', 'DescribeTask']);
    for (const [name, task] of tasks) {
      if (inner.has(name)) continue;
      expect(rules(task, 'Catch').at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
    }
  });

  it('gives the lock back before the verification, which another operation need not wait for', () => {
    expect(state('Backup')['Next']).toBe('AwaitBaseline');
    expect(state('IsBaselineWhole')['Default']).toBe('ReleaseLock');
    expect(state('ReleaseLock')['Next']).toBe('Verify');
    expect(state('Verify')['Next']).toBe('Rehearse');
    expect(state('Rehearse')['Next']).toBe('Publish');
  });

  it('decides by errors that exist', () => {
    const known = declaredErrors();
    for (const error of [...PASSING_BACKUP_ERRORS, ...FINAL_BACKUP_ERRORS]) expect(known).toContain(error);
    const retried = (name: string) => rules(state(name), 'Retry').flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(retried('AwaitMaintenance')).toContain('DatabaseConnectionError');
    expect(known).toContain('DatabaseConnectionError');
    for (const error of retried('AwaitBaseline').filter((name) => /^[A-Z][A-Za-z]+Error$/.test(name))) {
      expect(known).toContain(error);
    }
    expect(retried('AwaitBaseline')).toEqual(expect.arrayContaining(['EbsSnapshotError', 'LockLostError']));
  });

  it('renews the lock while it waits for volumes', () => {
    expect(secondsToNextLook(Number.MAX_SAFE_INTEGER) * 1000).toBeLessThanOrEqual(LEASE_MS / 2);
    expect(state('IsBaselineWhole')['Choices']).toMatchObject([
      { StringEquals: 'wait', Next: 'WaitForBaseline' },
    ]);
    expect(state('WaitForBaseline')['Next']).toBe('AwaitBaseline');
  });
});
