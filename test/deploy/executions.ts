import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { waitFor } from '../bed/wait.ts';

/** As in the console: a state machine, an input, a button. @returns the execution's ARN */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  input: unknown,
): Promise<string> {
  const name = `by-hand-${Date.now()}`;
  const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
  return (await client.send(command)).executionArn ?? '';
}

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: string;
  readonly output: string;
  readonly error: string;
  readonly cause: string;
}

/** @returns how it ended, whatever that was */
export async function waitForEnd(
  client: SFNClient,
  executionArn: string,
  timeoutMs: number,
): Promise<ExecutionEnd> {
  return await waitFor(
    `the execution ${executionArn} to end`,
    async () => {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      const { status = 'RUNNING', output = '', error = '', cause = '' } = execution;
      return status === 'RUNNING' ? undefined : { status, output, error, cause };
    },
    { timeoutMs, everyMs: 500 },
  );
}

/** Every execution of a state machine, the newest first. */
export async function executionsOf(client: SFNClient, stateMachineArn: string): Promise<string[]> {
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions
    .sort((a, b) => Number(b.startDate) - Number(a.startDate))
    .map(({ executionArn }) => executionArn ?? '');
}

/** All events of an execution, inputs and outputs included, as text. */
export async function historyText(client: SFNClient, executionArn: string): Promise<string> {
  const events: unknown[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, nextToken }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
  return JSON.stringify([execution, ...events], null, 1);
}
