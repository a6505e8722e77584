import { type ConnectClient, ConnectError, type ConnectorStatus } from '../clients/connect.ts';
import { indexOffsets, type Offsets, partitionKey } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { poll } from '../core/poll.ts';
import type { SinkFound } from './freeze-record.ts';

/**
 * Connect's own task.shutdown.graceful.timeout.ms where a worker does not say
 * otherwise; REST does not tell it.
 */
const GRACEFUL_TIMEOUT_SECONDS = 5;
const STOP_DEADLINE_MS = 60_000;
/** How long a STOP may take before the sink counts as resumed meanwhile, and is told once more. */
const STOP_AGAIN_MS = 2_000;
const RUN_DEADLINE_MS = 60_000;
const ALTER_DEADLINE_MS = 60_000;

/** The sink does not stop, so nothing that needs it to stand still can be done. */
class SinkNotStoppedError extends OperatorError {
  override readonly name = 'SinkNotStoppedError';
}

/** The sink's group has members although the sink is STOPPED: somebody else reads in its name. */
class GroupActiveElsewhereError extends OperatorError {
  override readonly name = 'GroupActiveElsewhereError';
}

/** The sink does not run after it was resumed. */
class SinkNotRunningError extends OperatorError {
  override readonly name = 'SinkNotRunningError';
}

/** What Connect reports of the sink, in one word. */
export function sinkFound(status: ConnectorStatus): SinkFound | undefined {
  const states = [status.connector, ...status.tasks.map(({ state }) => state)];
  if (states.includes('FAILED')) return 'FAILED';
  if (status.connector === 'PAUSED' || status.connector === 'STOPPED') return status.connector;
  // UNASSIGNED and RESTARTING pass; so does a connector that runs while its tasks are being created.
  const running = status.tasks.length > 0 && states.every((state) => state === 'RUNNING');
  return running ? 'RUNNING' : undefined;
}

/**
 * The sink's state once it is steady: a rebalance or a restart is waited out for up to 30 s.
 * @throws SinkNotRunningError where it does not become steady
 */
export async function steadyStatus(
  connect: ConnectClient,
  connector: string,
  signal?: AbortSignal,
): Promise<{ readonly status: ConnectorStatus; readonly found: SinkFound }> {
  let last: ConnectorStatus | undefined;
  const steady = await poll(
    async () => {
      const status = await duringRebalance(() => connect.status(connector));
      last = status ?? last;
      const found = status && sinkFound(status);
      return status && found && { status, found };
    },
    { deadlineMs: 30_000, ...(signal && { signal }) },
  );
  if (steady !== undefined) return steady;
  throw new SinkNotRunningError(`${connector} has been ${describeStatus(last)} for 30 s`, {
    hint: 'look at the Connect workers: a rebalance or a start does not come to an end',
  });
}

export interface StopResult {
  readonly seconds: number;
  readonly outlastedGracefulTimeout: boolean;
}

/**
 * STOP, and wait until the connector is STOPPED without tasks and its group is empty. A sink that somebody
 * else resumes meanwhile (an operator's reconciler) is stopped again.
 * @throws SinkNotStoppedError, GroupActiveElsewhereError after the deadline; the sink may
 *   stop later all the same
 */
export async function stopAndDrain(
  connect: ConnectClient,
  groupState: () => Promise<string>,
  options: {
    readonly connector: string;
    readonly group: string;
    readonly deadlineMs?: number;
    readonly signal?: AbortSignal;
  },
): Promise<StopResult> {
  const { connector, group, deadlineMs = STOP_DEADLINE_MS, signal } = options;
  const started = performance.now();
  await retryRebalance(() => connect.stop(connector));
  const keeper = stopKeeper(connect, connector);
  let members: string | undefined;
  let lingered = false;
  const drained = await poll(
    async () => {
      if (!(await keeper.look())) return undefined;
      members = await groupState();
      // 'Dead' is what Kafka calls a group that does not exist: it never committed, or was deleted.
      if (members === 'Empty' || members === 'Dead') return true;
      lingered = true;
      return undefined;
    },
    { deadlineMs, intervalMs: 25, ...(signal && { signal }) },
  );
  const seconds = (performance.now() - started) / 1000;
  if (drained) return { seconds, outlastedGracefulTimeout: lingered || seconds >= GRACEFUL_TIMEOUT_SECONDS };
  if (members === undefined) throw notStopped(connector, keeper.status, seconds);
  throw activeElsewhere(connector, group, members, seconds);
}

function notStopped(connector: string, status: ConnectorStatus | undefined, seconds: number) {
  return new SinkNotStoppedError(
    `${connector} is still ${describeStatus(status)} ${seconds.toFixed(0)} s after STOP`,
    { hint: 'look at the log of the Connect workers; the sink is resumed, run the command again then' },
  );
}

function activeElsewhere(connector: string, group: string, state: string, seconds: number) {
  return new GroupActiveElsewhereError(
    `the group ${group} is ${state} ${seconds.toFixed(0)} s after ${connector} was STOPPED: it still has members`,
    {
      hint: `end what else reads as ${group}, or the write that a task of the sink hangs in (a lock on cdc_event?), and run the command again`,
    },
  );
}

/** Somebody else resumes the sink while it is to stand still. */
class SinkResumedElsewhereError extends OperatorError {
  override readonly name = 'SinkResumedElsewhereError';

  constructor(connector: string, times: number) {
    super(`${connector} was resumed ${times} times by somebody else while its offsets were to be set`, {
      hint: "pause what sets the sink's state (an operator's reconciler, a script) until the recovery has ended; it cannot write meanwhile, since the database refuses it",
    });
  }
}

/**
 * Sets the offsets of a sink and reads them back; partitions that are not named keep theirs. A sink that
 * somebody else resumes meanwhile is stopped again.
 * @param note told when that was so
 * @throws SinkResumedElsewhereError where it is resumed again and again
 * @throws OperatorError where Connect refuses, or answers other offsets than were set
 */
export async function alterAndReadBack(
  connect: ConnectClient,
  connector: string,
  offsets: Offsets,
  note: (message: string) => void = () => {},
): Promise<void> {
  const keepStopped = stopKeeper(connect, connector);
  // A partition without an offset starts wherever auto.offset.reset says: empty ones are set too.
  await alterPatiently(connect, connector, offsets, keepStopped);
  const present = indexOffsets(await retryRebalance(() => connect.offsets(connector)));
  const wrong = offsets.find((entry) => present.get(partitionKey(entry)) !== entry.offset);
  if (keepStopped.resumed > 0) note(`${connector} was resumed by somebody else ${keepStopped.resumed} times`);
  if (wrong === undefined) return;
  throw new OperatorError(
    `${connector} stands at ${present.get(partitionKey(wrong))} in ${partitionKey(wrong)} after it was set to ${wrong.offset}`,
    { hint: 'the sink stays stopped; check that nobody else sets its offsets, and run the command again' },
  );
}

interface StopKeeper {
  /** How often it was found not to stand still. */
  readonly resumed: number;
  /** What Connect has answered last. */
  readonly status: ConnectorStatus | undefined;
  /** @returns whether it is STOPPED without tasks; a running one is told to stop once more */
  look(): Promise<boolean>;
}

function stopKeeper(connect: ConnectClient, connector: string): StopKeeper {
  let resumed = 0;
  let last: ConnectorStatus | undefined;
  let stopped = false;
  let toldAt = performance.now();
  return {
    get resumed() {
      return resumed;
    },
    get status() {
      return last;
    },
    look: async () => {
      const status = await duringRebalance(() => connect.status(connector));
      if (status === undefined) return false;
      last = status;
      if (status.connector === 'STOPPED') {
        stopped = true;
        return status.tasks.length === 0;
      }
      // A STOP is asynchronous: only a sink that stood still already, or that takes too long, was resumed.
      if (!stopped && performance.now() - toldAt < STOP_AGAIN_MS) return false;
      resumed += 1;
      stopped = false;
      toldAt = performance.now();
      await duringRebalance(() => connect.stop(connector));
      return false;
    },
  };
}

/** Tasks that outlived the STOP hold the group for a while: Connect then refuses, and says 'zombie'. */
async function alterPatiently(
  connect: ConnectClient,
  connector: string,
  offsets: Offsets,
  keeper: StopKeeper,
): Promise<void> {
  let refusal: unknown;
  const altered = await poll(
    async () => {
      if (!(await keeper.look())) return undefined;
      try {
        if (offsets.length > 0) await connect.alterOffsets(connector, offsets);
        return true;
      } catch (error) {
        refusal = error;
        if (!isPassing(error) && !isRunningAgain(error)) throw error;
        return undefined;
      }
    },
    { deadlineMs: ALTER_DEADLINE_MS, intervalMs: 100 },
  );
  if (altered !== undefined) return;
  if (keeper.resumed > 0) throw new SinkResumedElsewhereError(connector, keeper.resumed);
  throw refusal ?? notStopped(connector, undefined, ALTER_DEADLINE_MS / 1000);
}

/** 'Connectors must be in the STOPPED state before their offsets can be modified' */
function isRunningAgain(error: unknown): boolean {
  return error instanceof ConnectError && error.status === 400 && /STOPPED state/.test(error.message);
}

/**
 * Waits until connector and all tasks are RUNNING, starting what FAILED again meanwhile.
 * @param tolerateFailed answers false instead of restarting and throwing: nobody promised that it can run
 * @returns whether it runs
 * @throws SinkNotRunningError with the first task's error
 */
export async function waitForRunning(
  connect: ConnectClient,
  connector: string,
  { tolerateFailed }: { readonly tolerateFailed: boolean },
): Promise<boolean> {
  let last: ConnectorStatus | undefined;
  let restartedAt = Number.NEGATIVE_INFINITY;
  const outcome = await poll(
    async () => {
      const status = await duringRebalance(() => connect.status(connector));
      last = status ?? last;
      const found = status && sinkFound(status);
      if (found === 'RUNNING') return found;
      if (found !== 'FAILED') return undefined;
      if (tolerateFailed) return found;
      if (performance.now() - restartedAt > 5000) {
        restartedAt = performance.now();
        await duringRebalance(() => connect.restartFailed(connector));
      }
      return undefined;
    },
    { deadlineMs: RUN_DEADLINE_MS },
  );
  if (outcome !== undefined) return outcome === 'RUNNING';
  throw new SinkNotRunningError(
    `${connector} is ${describeStatus(last)} ${RUN_DEADLINE_MS / 1000} s after it was resumed`,
    {
      hint: `mend what its trace says; \`curl ${connect.url}/connectors/${connector}/status\` shows all of it`,
    },
  );
}

/** `RUNNING with tasks RUNNING, FAILED (reason)`: what an operator needs of a status. */
export function describeStatus(status: ConnectorStatus | undefined): string {
  if (status === undefined) return 'without a status';
  const tasks = status.tasks.map(({ state, trace }) =>
    trace === undefined ? state : `${state} (${trace.split('\n', 1)[0]})`,
  );
  return `${status.connector} with ${tasks.length === 0 ? 'no tasks' : `tasks ${tasks.join(', ')}`}`;
}

/**
 * 409: a rebalance is under way. 500 with 'zombie' or a timeout: the herder is busy; 0: the worker restarts.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  if (error.status === 409 || error.status === 0 || error.status === 503) return true;
  return /zombie|haven't stopped|timed out|timeout|try again/i.test(error.message);
}

/** undefined while Connect cannot answer for a moment. */
async function duringRebalance<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}

/** Repeats a call whose repetition does no harm for up to 30 s. */
export async function retryRebalance<T>(call: () => Promise<T>): Promise<T> {
  let failure: unknown;
  const answer = await poll(
    async () => {
      try {
        return { value: await call() };
      } catch (error) {
        failure = error;
        if (!isPassing(error)) throw error;
        return undefined;
      }
    },
    { deadlineMs: 30_000, intervalMs: 100 },
  );
  if (answer === undefined) throw failure;
  return answer.value;
}
