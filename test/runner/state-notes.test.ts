import { describe, expect, test } from 'vitest';
import { allStates } from '../../src/runner/definition.ts';
import { NOTED_STATES, StateTeller, stateNote } from '../../src/runner/state-notes.ts';
import { builtDefinition } from './built-definition.ts';

const states = allStates(await builtDefinition());

test('every state that is told is one of the synthesized definition, and every task is told', () => {
  expect(NOTED_STATES.filter((name) => !states.has(name))).toEqual([]);
  const tasks = [...states].filter(([, { Resource }]) => Resource?.includes('ecs:runTask') === true);
  expect(tasks.length).toBeGreaterThan(0);
  expect(tasks.filter(([name]) => stateNote(name) === undefined)).toEqual([]);
  expect(stateNote('constructor')).toBeUndefined();
});

describe('a failure is told once', () => {
  function tell(work: (teller: StateTeller) => void): string[] {
    const notes: string[] = [];
    work(new StateTeller({ note: (message) => void notes.push(message) }));
    return notes;
  }
  const end = (cause: string) => ({ kind: 'failed', error: 'E', cause }) as const;
  const lost = JSON.stringify({ errorType: 'E', errorMessage: 'it is lost' });

  test('the end is left to whoever gives the answer, also when a lock is given back on the way', () => {
    const notes = tell((teller) => {
      teller.failed('Reassess', 'E', lost);
      teller.entered('ReleaseLockUnused');
      teller.ended(end('it is lost'));
    });
    expect(notes).toEqual([]);
  });

  test('one that something follows is told before it', () => {
    const notes = tell((teller) => {
      teller.failed('Replay', 'E', lost);
      teller.entered('StopTasks');
      teller.entered('RollBack');
      teller.ended(end('it is lost'));
    });
    expect(notes).toEqual(['Replay failed with E: it is lost', stateNote('RollBack')]);
  });

  test('one that the answer does not name is told at the end', () => {
    const told = ['Restore failed with E: it is lost'];
    const failed = (teller: StateTeller) => teller.failed('Restore', 'E', lost);
    const succeeded = { kind: 'succeeded', output: null } as const;
    expect(tell((teller) => [failed(teller), teller.ended(end('the task was not stopped'))])).toEqual(told);
    expect(tell((teller) => [failed(teller), teller.ended(succeeded)])).toEqual(told);
  });
});
