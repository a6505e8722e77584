import { z } from 'zod';
import type { RunningTask, TaskControl } from '../../src/clients/ecs-tasks.ts';
import { type Execution, idOfExecution } from '../../src/core/ids.ts';
import type { Progress } from '../../src/core/progress.ts';
import { ChildTasks } from '../../src/runner/child-tasks.ts';
import { openDistribution } from '../../src/runner/distribution.ts';
import type { LocalServices } from '../../src/runner/local-services.ts';
import { type ExecutionEnd, runDefinition } from '../../src/runner/run-definition.ts';

/** An execution of the synthesized backup definition on this machine, with the bundles that are deployed. */
export interface MachineRun {
  readonly ended: Promise<ExecutionEnd>;
  /** Names of the states, in the order that they were entered. */
  readonly states: readonly string[];
  /** What the failed Tasks failed with. */
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  /** Known from its first Lambda on. */
  execution(): Execution;
  backupId(): string;
  /** Like StopExecution: nothing of the definition runs any more, and its tasks are told nothing. */
  abort(): void;
  /** The cluster, as the janitor sees it. */
  readonly cluster: TaskControl;
  /** At the end of a test. */
  close(): Promise<void>;
}

const withExecution = z.object({ execution: z.object({ id: z.string(), startedAt: z.string() }) });

export async function startBackupMachine(
  env: Readonly<Record<string, string>>,
  input: Readonly<Record<string, unknown>>,
): Promise<MachineRun> {
  const distribution = await openDistribution('backup');
  // The Lambdas run in this process; where the name is set, an execution owns its lock, as in AWS.
  Object.assign(process.env, env, { AWS_LAMBDA_FUNCTION_NAME: 'a-test' });
  const [states, failures, notes]: [string[], string[], string[]] = [[], [], []];
  const progress: Progress = { note: (message) => notes.push(message), update: () => {} };
  const tasks = new ChildTasks({ entryPoint: distribution.entryPoint, env, progress });
  let execution: Execution | undefined;
  let aborted = false;
  const services: LocalServices = {
    handler: async (logicalId) => {
      const handler = await distribution.handler(logicalId);
      return async (event) => {
        if (aborted) return await never();
        execution = withExecution.safeParse(event).data?.execution ?? execution;
        return await handler(event);
      };
    },
    tasks: {
      run: async (request) => {
        const end = tasks.run(request);
        // Whatever becomes of the task, an aborted execution takes no further step.
        return await end.finally(() => (aborted ? never() : undefined));
      },
      list: (startedBy) => tasks.list(startedBy),
      stop: (arn) => tasks.stop(arn),
      status: (arn) => tasks.status(arn),
    },
    answerToken: () => Promise.reject(new Error('a backup asks nobody')),
  };
  const ended = runDefinition(distribution.definition, input, {
    services,
    onState: (name) => states.push(name),
    onFailure: (name, error) => failures.push(`${name}: ${error}`),
    waitMs: 50,
  });
  const known = () => execution ?? { id: '', startedAt: new Date(0).toISOString() };
  return {
    ended,
    states,
    failures,
    notes,
    execution: known,
    backupId: () => idOfExecution(known()),
    abort: () => {
      aborted = true;
    },
    cluster: {
      running: async () => tasks.list(idOfExecution(known())).map((arn) => runningTask(arn, known())),
      stop: (arn) => tasks.stop(arn),
    },
    close: () => tasks.stopAll(),
  };
}

function runningTask(arn: string, execution: Execution): RunningTask {
  return { arn, startedBy: idOfExecution(execution), environment: {} };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
