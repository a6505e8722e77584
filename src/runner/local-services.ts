import { z } from 'zod';
import { failureCause, TaskFailure } from '../clients/task-failure.ts';
import { TaskVariable } from '../edge/task-environment.ts';
import type { State } from './definition.ts';
import type { Handler } from './distribution.ts';

/** Runs one Task's evaluated Parameters, as its service would. */
export type ServiceCall = (parameters: unknown) => Promise<unknown>;

/** What stands in for AWS: functions by logical id, tasks as children, people who answer. */
export interface LocalServices {
  handler(logicalId: string): Promise<Handler>;
  readonly tasks: {
    run(request: {
      command: readonly string[];
      environment: Readonly<Record<string, string>>;
      startedBy: string;
      heartbeatSeconds: number;
    }): Promise<unknown>;
    list(startedBy: string): string[];
    stop(arn: string): Promise<void>;
    status(arn: string): 'RUNNING' | 'STOPPED';
  };
  /** Ends a Lambda's step that waits for a token: here, the approval. @throws what the step fails with */
  answerToken(payload: unknown): Promise<unknown>;
}

const FUNCTION_ARN = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:(?<id>[A-Za-z0-9]+)$/;
const SERVICE_ARN = /^arn:[^:]+:states:::(?<call>.+)$/;

const lambdaParameters = z.object({ FunctionName: z.string(), Payload: z.unknown() });
const listParameters = z.object({ StartedBy: z.string() });
const stopParameters = z.object({ Task: z.string() });
const describeParameters = z.object({ Tasks: z.array(z.string()) });
const runTaskParameters = z.object({
  StartedBy: z.string(),
  Overrides: z.object({
    ContainerOverrides: z.tuple([
      z.object({
        Command: z.array(z.string()),
        Environment: z.array(z.object({ Name: z.string(), Value: z.string() })),
      }),
    ]),
  }),
});

/**
 * The call behind a Task's Resource.
 * @throws TaskFailure for a resource that nothing here stands in for: the interpreter would call AWS
 */
export function serviceCall(name: string, state: State, services: LocalServices): ServiceCall {
  const resource = state.Resource ?? '';
  const functionId = FUNCTION_ARN.exec(resource)?.groups?.['id'];
  if (functionId !== undefined) return (payload) => invoke(services, functionId, payload);
  switch (SERVICE_ARN.exec(resource)?.groups?.['call']) {
    case 'lambda:invoke.waitForTaskToken':
      return (parameters) => invokeAndWait(services, parameters);
    case 'aws-sdk:ecs:runTask.waitForTaskToken':
      return (parameters) =>
        runTask(services, parameters, state.HeartbeatSeconds ?? Number.POSITIVE_INFINITY);
    case 'aws-sdk:ecs:listTasks':
      return async (p) => ({ TaskArns: services.tasks.list(listParameters.parse(p).StartedBy) });
    case 'aws-sdk:ecs:stopTask':
      return async (p) => {
        await services.tasks.stop(stopParameters.parse(p).Task);
        return {};
      };
    case 'aws-sdk:ecs:describeTasks':
      return async (p) => {
        const { Tasks } = describeParameters.parse(p);
        return { Tasks: Tasks.map((arn) => ({ TaskArn: arn, LastStatus: services.tasks.status(arn) })) };
      };
    default:
      throw new TaskFailure('States.Runtime', `${name}: nothing stands in for ${resource} on this machine`);
  }
}

async function invoke(services: LocalServices, functionId: string, payload: unknown): Promise<unknown> {
  const handler = await services.handler(functionId);
  try {
    return asJson(await handler(asJson(payload)));
  } catch (error) {
    const { error: name, cause } = failureCause(error);
    throw new TaskFailure(name, cause);
  }
}

async function invokeAndWait(services: LocalServices, parameters: unknown): Promise<unknown> {
  const { FunctionName, Payload } = lambdaParameters.parse(parameters);
  await invoke(services, FUNCTION_ARN.exec(FunctionName)?.groups?.['id'] ?? FunctionName, Payload);
  try {
    return asJson(await services.answerToken(Payload));
  } catch (error) {
    const { error: name, cause } = failureCause(error);
    throw new TaskFailure(name, cause);
  }
}

function runTask(services: LocalServices, parameters: unknown, heartbeatSeconds: number): Promise<unknown> {
  const { StartedBy, Overrides } = runTaskParameters.parse(parameters);
  const [{ Command, Environment }] = Overrides.ContainerOverrides;
  const environment = Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
  // The child reports to its parent; a token is Step Functions' business.
  delete environment[TaskVariable.taskToken];
  return services.tasks.run({ command: Command, environment, startedBy: StartedBy, heartbeatSeconds });
}

/** What crosses a service's border is JSON: dates become text, undefined fields vanish. */
function asJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
