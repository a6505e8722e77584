import { describe, expect, it } from 'vitest';
import { allStates, type State } from '../../src/runner/definition.ts';
import {
  LONGEST_TIMEOUT_SECONDS,
  normalise,
  UnsupportedDefinitionError,
} from '../../src/runner/normalise.ts';

const machine = (states: Record<string, State>, more: Record<string, unknown> = {}) => ({
  StartAt: 'A',
  States: states,
  ...more,
});
const normalised = (state: State) => normalise(machine({ A: state })).States['A'];

describe('normalise', () => {
  it('writes type tests for false as Not, at any depth of a rule', () => {
    const state = normalised({
      Type: 'Choice',
      Choices: [
        { Variable: '$.a', IsPresent: false, Next: 'B' },
        {
          And: [{ Variable: '$.b', IsNull: false }, { Not: { Variable: '$.c', IsPresent: false } }],
          Next: 'C',
        },
        { Variable: '$.d', IsPresent: true, Next: 'D' },
      ],
    });
    expect(state?.['Choices']).toEqual([
      { Not: { Variable: '$.a', IsPresent: true }, Next: 'B' },
      {
        And: [
          { Not: { Variable: '$.b', IsNull: true } },
          { Not: { Not: { Variable: '$.c', IsPresent: true } } },
        ],
        Next: 'C',
      },
      { Variable: '$.d', IsPresent: true, Next: 'D' },
    ]);
  });

  it('drops ResultPath $ of states and catchers, and no other', () => {
    const state = normalised({
      Type: 'Task',
      TimeoutSeconds: 1,
      ResultPath: '$',
      Catch: [
        { ErrorEquals: ['X'], ResultPath: '$', Next: 'B' },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'B' },
      ],
    });
    expect(state).not.toHaveProperty('ResultPath');
    expect(state?.['Catch']).toEqual([
      { ErrorEquals: ['X'], Next: 'B' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'B' },
    ]);
    expect(normalised({ Type: 'Pass', ResultPath: null })).toHaveProperty('ResultPath', null);
  });

  it.each([
    ['none, which would be a minute', {}, LONGEST_TIMEOUT_SECONDS],
    ['one beyond the clock, which would be at once', { TimeoutSeconds: 3_000_000 }, LONGEST_TIMEOUT_SECONDS],
    ['a usual one', { TimeoutSeconds: 60 }, 60],
  ])('gives a Task a timeout that the interpreter keeps: %s', (_, timeout, expected) => {
    expect(normalised({ Type: 'Task', ...timeout })?.TimeoutSeconds).toBe(expected);
  });

  it('leaves a timeout that a path names', () => {
    expect(normalised({ Type: 'Task', TimeoutSecondsPath: '$.t' })).not.toHaveProperty('TimeoutSeconds');
  });

  it('clamps the timeout of the whole', () => {
    expect(normalise(machine({}, { TimeoutSeconds: 9_999_999 })).TimeoutSeconds).toBe(
      LONGEST_TIMEOUT_SECONDS,
    );
  });

  it('reaches into a Map', () => {
    const inner = machine({ I: { Type: 'Task' } });
    const state = normalised({ Type: 'Map', ItemProcessor: inner });
    expect(state?.ItemProcessor?.States['I']?.TimeoutSeconds).toBe(LONGEST_TIMEOUT_SECONDS);
  });

  const token = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:ecs:runTask.waitForTaskToken' };
  it.each<[string, State, string]>([
    ['JSONata', { Type: 'Pass', QueryLanguage: 'JSONata' }, 'A uses JSONata'],
    ['variables', { Type: 'Pass', Assign: { x: 1 } }, 'A assigns variables'],
    [
      'a distributed Map',
      { Type: 'Map', ItemProcessor: { ...machine({}), ProcessorConfig: { Mode: 'DISTRIBUTED' } } },
      'A is a DISTRIBUTED Map',
    ],
    [
      'a task token in a Map',
      { Type: 'Map', ItemProcessor: machine({ I: token }) },
      'I waits for a task token within a Map or Parallel',
    ],
    [
      'a task token in a Parallel',
      { Type: 'Parallel', Branches: [machine({ I: token })] },
      'I waits for a task token',
    ],
  ])('refuses %s', (_, state, message) => {
    const attempt = () => normalise(machine({ A: state }));
    expect(attempt).toThrow(UnsupportedDefinitionError);
    expect(attempt).toThrow(message);
  });

  it('refuses JSONata for the whole', () => {
    expect(() => normalise(machine({}, { QueryLanguage: 'JSONata' }))).toThrow('the definition uses JSONata');
  });
});

describe('allStates', () => {
  it('refuses two states of one name, since a handler is found by it', () => {
    const twice = machine({ A: { Type: 'Map', ItemProcessor: machine({ A: { Type: 'Pass' } }) } });
    expect(() => allStates(twice)).toThrow('the state A stands twice in the definition');
  });
});
