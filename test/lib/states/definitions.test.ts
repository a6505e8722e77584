import { describe, expect, it } from 'vitest';
import { resolveDefinition } from '../../../lib/assembly/resolve-definition.ts';
import { resourcesOf } from '../../../lib/assembly/synthesize.ts';
import { allStates, definitionSchema, type State } from '../../../src/runner/definition.ts';
import { synthesizedStage } from '../synthesized.ts';
import { complaints } from './service-model.ts';

const { template } = synthesizedStage();
const states = resourcesOf(template, 'AWS::StepFunctions::StateMachine').flatMap((id) => {
  const definition = definitionSchema.parse(JSON.parse(resolveDefinition(template, id)));
  return [...allStates(definition)].map(([name, state]) => [`${id} ${name}`, state] as const);
});
const tasks = states.filter(([, { Type }]) => Type === 'Task');

it('has a sentence for every state, which the console shows to whoever is on call', () => {
  const silent = states.filter(([, { Comment }]) => typeof Comment !== 'string' || Comment.length < 20);
  expect(silent.map(([name]) => name)).toEqual([]);
  // A step that somebody may think of stopping says whether that is safe.
  const unsaid = tasks.filter(([, { Comment }]) => !/stop|end|lock|report|task/i.test(String(Comment)));
  expect(unsaid.map(([name]) => name)).toEqual([]);
});

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts?: number;
}
const retriers = ({ Retry = [] }: State) => Retry as Retrier[];

/** How long a step is tried, for an error that does not pass; the first retrier that names it decides. */
function patienceSeconds(state: State, error: string): number {
  const retrier = retriers(state).find(({ ErrorEquals }) => ErrorEquals.includes(error));
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier ?? {};
  const waits = Array.from({ length: retrier?.MaxAttempts ?? 0 }, (_, attempt) =>
    Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds),
  );
  return waits.reduce((sum, wait) => sum + wait, 0);
}

describe('every Task of every state machine', () => {
  it.each(tasks)('%s is what its service takes, and names errors that there are', (name, state) => {
    expect(complaints(name, state)).toEqual([]);
  });

  const lambdaSteps = tasks.filter(([, { Resource }]) => Resource?.includes('lambda:') === true);

  it.each(lambdaSteps)('%s waits for its place in the network, and for its turn', (_, state) => {
    for (const error of [
      'Lambda.ResourceNotReadyException',
      'Lambda.ENINotReadyException',
      'Lambda.ENILimitReachedException',
      'Lambda.EC2ThrottledException',
      'Lambda.TooManyRequestsException',
      'Lambda.ServiceException',
    ]) {
      expect(patienceSeconds(state, error), error).toBeGreaterThan(600);
    }
  });
});

describe('what a step tells its container', () => {
  /** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html */
  const MOST_CHARACTERS = 8192;
  /** The length of a task token; ids are shorter. */
  const LONGEST_VALUE = 2048;
  const containerSteps = tasks.filter(([, { Resource }]) => Resource?.includes(':ecs:runTask') === true);

  it.each(containerSteps)('%s fits into the overrides of a task', (_, { Parameters }) => {
    const { Overrides } = Parameters as { readonly Overrides: unknown };
    const text = JSON.stringify(Overrides, (key, value) =>
      key.endsWith('.$') && value === '$$.Task.Token' ? 'x'.repeat(LONGEST_VALUE) : value,
    );
    expect(text.length).toBeGreaterThan(LONGEST_VALUE);
    expect(text.length).toBeLessThan(MOST_CHARACTERS / 2);
  });
});

describe('the check', () => {
  const task = (more: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:ecs:listTasks',
    ...more,
  });

  it.each([
    ['a parameter of another name', { Parameters: { Startedby: 'x' } }, 'ListTasks takes no Startedby'],
    [
      'a parameter inside of another',
      {
        Resource: 'arn:aws:states:::aws-sdk:ecs:runTask.waitForTaskToken',
        Parameters: { TaskDefinition: 'f', Overrides: { ContainerOverrides: [{ name: 'msr' }] } },
      },
      'RunTask.Overrides.ContainerOverrides takes no name',
    ],
    [
      'a parameter that is missing',
      { Resource: 'arn:aws:states:::aws-sdk:ecs:runTask', Parameters: {} },
      'RunTask requires TaskDefinition',
    ],
    [
      'a result of another name',
      { ResultSelector: { 'arns.$': '$.taskArns' } },
      'the answer has no taskArns at $.taskArns',
    ],
    [
      "an error of the optimised integration's",
      { Retry: [{ ErrorEquals: ['ECS.ServerException'] }] },
      'no error is called ECS.ServerException',
    ],
    [
      'an operation of no service',
      { Resource: 'arn:aws:states:::aws-sdk:ecs:runTasks' },
      'ecs has no RunTasks',
    ],
    [
      'an integration that nobody checks',
      { Resource: 'arn:aws:states:::ecs:runTask' },
      'nobody knows arn:aws:states:::ecs:runTask',
    ],
  ])('finds %s', (_, more, complaint) => {
    expect(complaints('S', task(more))).toContain(`S: ${complaint}`);
  });
});
