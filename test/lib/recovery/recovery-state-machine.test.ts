import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { resourcesOf } from '../../../lib/assembly/synthesize.ts';
import { PASSING_ERRORS } from '../../../src/core/passing-errors.ts';
import { RECOVERY_TASK_NAMES, TaskVariable } from '../../../src/edge/task-environment.ts';
import { FINAL_ERRORS } from '../../../src/recovery/end/after-failure.ts';
import { allStates, type State } from '../../../src/runner/definition.ts';
import { exampleConfig } from '../config/example.ts';
import { declaredErrors } from '../declared-errors.ts';
import { synthesized } from '../synthesized.ts';

const { template, definition } = synthesized();
const slow = synthesized('recovery', exampleConfig(['instances.0.approval', { expiryHours: 168 }]));
const states = allStates(definition);
const tasks = [...states].filter(([, { Type }]) => Type === 'Task');
const ecsTasks = tasks.filter(([, { Resource }]) => Resource?.includes(':ecs:runTask') === true);

interface Rule {
  readonly ErrorEquals: readonly string[];
  readonly Next?: string;
  readonly ResultPath?: string;
}
const LOCK = TaskVariable.lockId;
/** What runs under no lock. */
const isReading = ([, task]: readonly string[]) => task === 'compare';
const rules = (state: State, field: 'Catch' | 'Retry') => (state[field] ?? []) as readonly Rule[];

describe('the definition', () => {
  it('is valid in the Amazon States Language', () => {
    const { isValid, errorsText } = validate(definition, { checkArn: true, checkPaths: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('gives every Task a timeout, and heartbeats where it waits for a container', () => {
    for (const [name, { TimeoutSeconds }] of tasks) expect(TimeoutSeconds, name).toBeGreaterThan(0);
    for (const [name, state] of ecsTasks) {
      expect(state.HeartbeatSeconds, name).toBeLessThan(state.TimeoutSeconds ?? 0);
    }
  });

  it('runs only tasks that the command line knows, each marked with its recovery', () => {
    const commands = ecsTasks.map(([, { Parameters }]) => {
      const { Overrides, ...parameters } = Parameters as {
        Overrides: { ContainerOverrides: [{ Command: string[]; Environment: { Name: string }[] }] };
      };
      expect(parameters).toHaveProperty(['StartedBy.$'], '$.plan.recoveryId');
      const [{ Command, Environment }] = Overrides.ContainerOverrides;
      const variables = Object.values(TaskVariable).filter((name) => name !== LOCK || !isReading(Command));
      expect(Environment.map(({ Name }) => Name)).toEqual(variables);
      return Command;
    });
    expect(commands.map(([verb]) => verb)).toEqual(commands.map(() => 'task'));
    expect(commands.map(([, name]) => name).sort()).toEqual([...RECOVERY_TASK_NAMES].sort());
  });

  it('tells the approvers the very expiry that ends their question', () => {
    const state = states.get('RequestApproval');
    expect(state?.TimeoutSeconds).toBeGreaterThan(0);
    expect(state).toHaveProperty('Parameters.Payload.expiresInSeconds', state?.TimeoutSeconds);
  });

  it.each([
    ['by default', definition],
    ['at the longest', slow.definition],
  ])('leaves the procedure its time, however late an approval comes: %s', (_, { TimeoutSeconds, States }) => {
    const seconds = (name: string) => States[name]?.TimeoutSeconds ?? Number.NaN;
    const steps = ['Restore', 'Replay', 'CutOver'].reduce((sum, name) => sum + seconds(name), 0);
    // Twice: a plan that the world has overtaken after its approval is asked about again.
    expect(TimeoutSeconds).toBeGreaterThan(2 * seconds('RequestApproval') + steps);
  });

  it('invokes only functions of this stack', () => {
    const functions = new Set(resourcesOf(template, 'AWS::Lambda::Function'));
    const invoked = JSON.stringify(definition).matchAll(/:function:(\w+)/g);
    for (const [, id = ''] of invoked) expect(functions).toContain(id);
  });

  it('stops what a failed task may still run before anything else, whatever its error', () => {
    for (const [name, state] of ecsTasks) {
      // Nothing is waited for that only reads, before the lock: the execution ends, and the task by itself.
      const Next = name === 'Compare' ? 'NotCompared' : 'ListTasks';
      expect(rules(state, 'Catch'), name).toEqual([
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next },
      ]);
      // A task that fell silent may still run: only a refused RunTask is tried again in place.
      const tried = rules(state, 'Retry').flatMap(({ ErrorEquals }) => ErrorEquals);
      const others = tried.filter((error) => !error.startsWith('Ecs.'));
      expect(others, name).toEqual(name === 'Compare' ? ['States.HeartbeatTimeout'] : []);
    }
  });

  it('keeps the state beside every caught error', () => {
    for (const [name, state] of states) {
      for (const { ResultPath } of rules(state, 'Catch')) expect(ResultPath, name).toMatch(/^\$\.\w+$/);
    }
  });

  it('names in Catch and Retry, and in the decision after a failure, only errors that somebody throws', () => {
    const thrown = declaredErrors();
    const named = tasks.flatMap(([, state]) =>
      [...rules(state, 'Catch'), ...rules(state, 'Retry')].flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    const ours = named.filter((name) => !/^(States|Lambda|Ecs|Runtime|Sandbox)\./.test(name));
    for (const name of [...ours, ...PASSING_ERRORS, ...FINAL_ERRORS]) expect(thrown).toContain(name);
  });

  it('gives the lock back on every way that ends after it was taken', () => {
    const releases = tasks.filter(
      ([, { Parameters }]) => (Parameters as { action?: string }).action === 'release',
    );
    expect(releases.map(([name]) => name).sort()).toEqual([
      'ReleaseLock',
      'ReleaseLockAfterFailure',
      'ReleaseLockForNewPlan',
      'ReleaseLockUnused',
    ]);
  });
});
