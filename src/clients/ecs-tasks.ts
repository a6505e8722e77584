import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { OperatorError } from '../core/operator-error.ts';
import { poll } from '../core/poll.ts';

/** A task of the cluster that has not stopped. */
export interface RunningTask {
  readonly arn: string;
  readonly startedBy: string | undefined;
  /** The value that the state machine's overrides set. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The containers of a cluster. */
export interface TaskControl {
  running(): Promise<RunningTask[]>;
  /** Returns when the task has stopped. @throws TaskNotStoppedError */
  stop(arn: string, reason: string): Promise<void>;
}

/** Nobody may go on beside a task that perhaps still writes. */
class TaskNotStoppedError extends OperatorError {
  override readonly name = 'TaskNotStoppedError';
}

/** ECS describes at most as many at once. */
const DESCRIBED_AT_ONCE = 100;
/** Beyond the container's own stop timeout of two minutes. */
const STOP_DEADLINE_MS = 180_000;
const LOOK_INTERVAL_MS = 2000;

/** The tasks of one ECS cluster, by its ARN or name. */
export function ecsTasks(cluster: string, client: Pick<ECSClient, 'send'> = new ECSClient()): TaskControl {
  return {
    running: async () => {
      const tasks = await describe(client, cluster, await listRunning(client, cluster));
      return tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED').map(toRunningTask);
    },
    stop: async (arn, reason) => {
      await client.send(new StopTaskCommand({ cluster, task: arn, reason }));
      const stopped = await poll(
        async () => {
          const [task] = await describe(client, cluster, [arn]);
          // ECS forgets a stopped task after a while.
          return task === undefined || task.lastStatus === 'STOPPED' ? true : undefined;
        },
        { deadlineMs: STOP_DEADLINE_MS, intervalMs: LOOK_INTERVAL_MS },
      );
      if (stopped) return;
      throw new TaskNotStoppedError(`${arn} still runs ${STOP_DEADLINE_MS / 1000} s after it was stopped`, {
        hint: 'stop it in the console of ECS; the janitor is called again',
      });
    },
  };
}

async function listRunning(client: Pick<ECSClient, 'send'>, cluster: string): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new ListTasksCommand({
        cluster,
        desiredStatus: 'RUNNING',
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

async function describe(
  client: Pick<ECSClient, 'send'>,
  cluster: string,
  arns: readonly string[],
): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let from = 0; from < arns.length; from += DESCRIBED_AT_ONCE) {
    const some = arns.slice(from, from + DESCRIBED_AT_ONCE);
    // What ECS no longer knows (`failures`: MISSING) has stopped long ago.
    const answer = await client.send(new DescribeTasksCommand({ cluster, tasks: some }));
    tasks.push(...(answer.tasks ?? []));
  }
  return tasks;
}

function toRunningTask({ taskArn, startedBy, overrides }: Task): RunningTask {
  const variables = (overrides?.containerOverrides ?? []).flatMap(({ environment }) => environment ?? []);
  return {
    arn: taskArn ?? '',
    startedBy,
    environment: Object.fromEntries(variables.map(({ name = '', value = '' }) => [name, value])),
  };
}
