import { expect, test } from 'vitest';
import { allStates } from '../../lambdas/runner/definition.ts';
import { NOTED_STATES, stateNote } from '../../lambdas/runner/state-notes.ts';
import { builtDefinition } from './built-definition.ts';

const states = allStates(await builtDefinition());

test('every state that is told is one of the synthesized definition, and every task is told', () => {
  expect(NOTED_STATES.filter((name) => !states.has(name))).toEqual([]);
  const tasks = [...states].filter(([, { Resource }]) => Resource?.includes('ecs:runTask') === true);
  expect(tasks.length).toBeGreaterThan(0);
  expect(tasks.filter(([name]) => stateNote(name) === undefined)).toEqual([]);
  expect(stateNote('constructor')).toBeUndefined();
});
