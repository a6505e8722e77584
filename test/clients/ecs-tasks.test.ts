import type { ECSClient } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { ecsTasks } from '../../src/clients/ecs-tasks.ts';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

/** A cluster that answers in the order of `answers`, the last of a kind for ever. */
function cluster(answers: Readonly<Record<string, readonly unknown[]>>) {
  const calls: Array<readonly [string, unknown]> = [];
  const client = {
    send: async ({ constructor: { name }, input }: Command) => {
      const before = calls.filter(([earlier]) => earlier === name).length;
      calls.push([name, input]);
      return answers[name]?.[before] ?? answers[name]?.at(-1) ?? {};
    },
  } as unknown as Pick<ECSClient, 'send'>;
  return { tasks: ecsTasks('c', client), calls };
}

const described = (lastStatus: string) => ({
  tasks: [
    {
      taskArn: 'arn:task/c/1',
      startedBy: 'b-1',
      lastStatus,
      overrides: { containerOverrides: [{ environment: [{ name: 'MSR_LOCK_ID', value: 'lock-1' }] }] },
    },
  ],
});

describe('the tasks of a cluster', () => {
  it('are listed to the last page, with what the state machine set', async () => {
    const { tasks, calls } = cluster({
      ListTasksCommand: [{ taskArns: ['arn:task/c/1'], nextToken: 'more' }, { taskArns: [] }],
      DescribeTasksCommand: [described('RUNNING')],
    });
    expect(await tasks.running()).toEqual([
      { arn: 'arn:task/c/1', startedBy: 'b-1', environment: { MSR_LOCK_ID: 'lock-1' } },
    ]);
    expect(calls.slice(0, 2)).toEqual([
      ['ListTasksCommand', { cluster: 'c', desiredStatus: 'RUNNING' }],
      ['ListTasksCommand', { cluster: 'c', desiredStatus: 'RUNNING', nextToken: 'more' }],
    ]);
  });

  it('are none where ECS has none, without asking for their details', async () => {
    const { tasks, calls } = cluster({ ListTasksCommand: [{ taskArns: [] }] });
    expect(await tasks.running()).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['ECS says so', described('STOPPED')],
    ['ECS has forgotten it', { tasks: [], failures: [{ reason: 'MISSING' }] }],
  ])('have stopped when %s', async (_, answer) => {
    const { tasks, calls } = cluster({ DescribeTasksCommand: [answer] });
    await tasks.stop('arn:task/c/1', 'over');
    expect(calls[0]).toEqual(['StopTaskCommand', { cluster: 'c', task: 'arn:task/c/1', reason: 'over' }]);
  });
});
