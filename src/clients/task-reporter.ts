import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { OperatorError } from '../core/operator-error.ts';
import { failureCause } from './task-failure.ts';
import type { TaskMessage } from './task-messages.ts';

/** How a task tells whoever started it that it lives, and how it ended. */
export interface TaskReporter {
  heartbeat(): Promise<void>;
  /** @param output small: results travel through the vault */
  success(output: Readonly<Record<string, unknown>>): Promise<void>;
  failure(error: unknown): Promise<void>;
}

/** Step Functions' limits for SendTaskFailure, in characters. */
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

/**
 * Over IPC where a runner is the parent, otherwise to Step Functions under the token.
 * @throws OperatorError where there is neither: the task was not started by a state machine
 */
export function openTaskReporter(taskToken: string | undefined): TaskReporter {
  if (process.send !== undefined) return parentReporter((message) => process.send?.(message));
  if (taskToken !== undefined) return stepFunctionsReporter(new SFNClient(), taskToken);
  throw new OperatorError('a task was started by hand: it has neither a task token nor a parent', {
    hint: 'use `msr recover`; the tasks are its steps',
  });
}

/** To the local runner, which forked the task. */
export function parentReporter(send: (message: TaskMessage) => void): TaskReporter {
  return {
    heartbeat: async () => send({ type: 'heartbeat' }),
    success: async (output) => send({ type: 'success', output }),
    failure: async (error) => send({ type: 'failure', ...failureCause(error) }),
  };
}

/** To the execution that waits for the token; what exceeds the service's limits is cut off. */
export function stepFunctionsReporter(client: SFNClient, taskToken: string): TaskReporter {
  return {
    heartbeat: async () => {
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    },
    success: async (output) => {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    },
    failure: async (error) => {
      const { error: name, cause } = failureCause(error);
      await client.send(
        new SendTaskFailureCommand({
          taskToken,
          error: name.slice(0, LONGEST_ERROR),
          cause: cause.slice(0, LONGEST_CAUSE),
        }),
      );
    },
  };
}
