import { randomUUID } from 'node:crypto';
import { ExecutionError, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { allStates, type Definition } from './definition.ts';
import { type LocalServices, serviceCall } from './local-services.ts';
import { normalise } from './normalise.ts';

/** How an execution ended: with its last state's output, or with what its Fail state says. */
export type ExecutionEnd =
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string };

export interface RunDefinitionOptions {
  readonly services: LocalServices;
  readonly onState?: (name: string) => void;
  /** A task failed; what follows, if anything, is the definition's business. */
  readonly onFailure?: (name: string, error: string, cause: string) => void;
  /** Milliseconds instead of a Wait's or a Retry's own time; tests only. */
  readonly waitMs?: number;
}

/** Runs a synthesized state machine on this machine, each Task by `services`, none by AWS. */
export async function runDefinition(
  definition: Definition,
  input: unknown,
  options: RunDefinitionOptions,
): Promise<ExecutionEnd> {
  const { services, waitMs } = options;
  const normalised = normalise(definition);
  const states = allStates(normalised);
  const machine = new StateMachine(normalised as unknown as StateMachineDefinition, {
    // A test validates the definition that is built; here it would take longer than the plan.
    validationOptions: { noValidate: true },
  });
  const names = [...states.keys()];
  const times = waitMs === undefined ? {} : Object.fromEntries(names.map((name) => [name, waitMs]));
  const execution = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: handlers(states, services),
      waitTimeOverrides: times,
      retryIntervalOverrides: times,
    },
    context: contextObject(),
  });
  const watched = watch(execution.eventLogs, options);
  const end = await execution.result.then(
    (output): ExecutionEnd => ({ kind: 'succeeded', output }),
    (error: unknown) => failedEnd(error),
  );
  await watched;
  return end;
}

type Handlers = Record<string, (parameters: unknown) => Promise<never>>;

/** Every Task has a handler, since one without would be sent to the real AWS. */
function handlers(states: ReturnType<typeof allStates>, services: LocalServices): Handlers {
  return new Proxy<Handlers>(
    {},
    {
      get: (_, name) => async (parameters: unknown) => {
        const state = states.get(String(name));
        if (state === undefined) throw new RangeError(`the definition has no state ${String(name)}`);
        return await serviceCall(String(name), state, services)(parameters);
      },
    },
  );
}

/**
 * The context object, as far as our definitions read it; the interpreter adds Execution.Input and StartTime.
 */
function contextObject() {
  const id = randomUUID();
  return {
    Execution: { Id: `arn:aws:states:local:000000000000:execution:recovery:${id}`, Name: id },
    Task: { Token: 'local' },
  };
}

async function watch(
  events: ReturnType<StateMachine['run']>['eventLogs'],
  { onState, onFailure }: RunDefinitionOptions,
): Promise<void> {
  for await (const event of events) {
    if (event.type === 'StateEntered' && 'state' in event) onState?.(event.state.name);
    if (event.type === 'StateFailed' && 'Error' in event && event.state.type === 'Task') {
      onFailure?.(event.state.name, event.Error, String(event.Cause));
    }
  }
}

function failedEnd(error: unknown): ExecutionEnd {
  // The interpreter wraps what a Fail state says, or what no Catch took.
  const cause = error instanceof ExecutionError ? error.cause : error;
  if (!(cause instanceof Error)) return { kind: 'failed', error: 'States.Runtime', cause: String(cause) };
  return { kind: 'failed', error: cause.name, cause: cause.message };
}
