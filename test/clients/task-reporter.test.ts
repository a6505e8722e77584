import type { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { causeMessage, failureCause } from '../../src/clients/task-failure.ts';
import { taskMessage } from '../../src/clients/task-messages.ts';
import { parentReporter, stepFunctionsReporter } from '../../src/clients/task-reporter.ts';
import { OperatorError } from '../../src/core/operator-error.ts';

class NotBalancedError extends OperatorError {
  override readonly name = 'NotBalancedError';
}
const failure = new NotBalancedError('a fact', { hint: 'a remedy' });

describe('stepFunctionsReporter', () => {
  const sent: Array<{ name: string; input: unknown }> = [];
  const client = {
    send: async (command: { constructor: { name: string }; input: unknown }) => {
      sent.push({ name: command.constructor.name, input: command.input });
    },
  } as unknown as SFNClient;
  const reporter = stepFunctionsReporter(client, 'token');
  const last = () => sent.at(-1);

  it('sends heartbeat and success under the token', async () => {
    await reporter.heartbeat();
    expect(last()).toEqual({ name: 'SendTaskHeartbeatCommand', input: { taskToken: 'token' } });
    await reporter.success({ task: 'restore' });
    expect(last()).toEqual({
      name: 'SendTaskSuccessCommand',
      input: { taskToken: 'token', output: '{"task":"restore"}' },
    });
  });

  it("sends a failure by the error's name, with its HINT in the cause", async () => {
    await reporter.failure(failure);
    expect(last()).toEqual({
      name: 'SendTaskFailureCommand',
      input: {
        taskToken: 'token',
        error: 'NotBalancedError',
        cause: '{"errorType":"NotBalancedError","errorMessage":"a fact\\nHINT: a remedy"}',
      },
    });
  });

  it("keeps to Step Functions' limits, which would refuse the report otherwise", async () => {
    await reporter.failure(Object.assign(new Error('x'.repeat(40_000)), { name: 'N'.repeat(300) }));
    expect(last()?.input).toMatchObject({
      error: 'N'.repeat(256),
      cause: expect.stringMatching(/^.{32768}$/),
    });
  });
});

describe('parentReporter', () => {
  it('says what the runner understands', async () => {
    const said: unknown[] = [];
    const reporter = parentReporter((message) => said.push(taskMessage.parse(message)));
    await reporter.heartbeat();
    await reporter.failure(failure);
    await reporter.success({ task: 'replay' });
    expect(said).toMatchObject([
      { type: 'heartbeat' },
      { type: 'failure', error: 'NotBalancedError' },
      { type: 'success', output: { task: 'replay' } },
    ]);
  });
});

describe('causeMessage', () => {
  it.each([
    ['a Lambda’s or a task’s cause', failureCause(failure).cause, 'a fact\nHINT: a remedy'],
    ['a plain text', 'the task was silent', 'the task was silent'],
    ['other JSON', '{"a":1}', '{"a":1}'],
    ['JSON that is no object', 'null', 'null'],
  ])('finds the words for a person in %s', (_, cause, expected) => {
    expect(causeMessage(cause)).toBe(expected);
  });
});
