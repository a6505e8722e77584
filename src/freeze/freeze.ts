import type { ConnectClient, ConnectorStatus } from '../clients/connect.ts';
import type { LogTails } from '../clients/kafka/log-tail.ts';
import type { Offsets } from '../core/offsets.ts';
import { describeError, OperatorError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import type { Settings } from '../settings/settings.ts';
import { requireFreezable } from '../sink/freezable.ts';
import type { Vault } from '../vault/vault.ts';
import { chooseGuardian } from './choose-guardian.ts';
import {
  createFreeze,
  deleteFreeze,
  type FreezePurpose,
  type FreezeRecord,
  newFreezeRecord,
  readFreeze,
  type SinkFound,
  updateFreeze,
} from './freeze-record.ts';
import type { Guardian } from './guardian.ts';
import { describeOutcome, resumeSink } from './resume.ts';
import { retryRebalance, steadyStatus, stopAndDrain } from './sink-control.ts';
import { recoverStaleFreeze } from './stale-freeze.ts';

/** The one thing that a freeze asks Kafka; `KafkaAdmin` is one. */
interface GroupWatch {
  groupState(group: string): Promise<string>;
}

export interface FreezeDeps {
  readonly connect: ConnectClient;
  readonly kafkaAdmin: GroupWatch;
  readonly vault: Vault;
  readonly progress: Progress;
  readonly settings: Settings;
  /** @default as chooseGuardian */
  readonly guardian?: Guardian;
}

export interface FreezeRequest {
  readonly connector: string;
  /** The sink's consumer group, as its configuration names it. */
  readonly group: string;
  readonly purpose: FreezePurpose;
  /** The backup's or the recovery's id, for people. */
  readonly owner: string;
  /**
   * A sink that is paused, stopped or failed: a backup leaves it as found, a cutover stops it all the same.
   */
  readonly whenNotRunning: 'leave-as-found' | 'stop';
  /** From STOP to an empty group, in milliseconds. @default 60_000 */
  readonly stopDeadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** What the body of a freeze knows and may ask for. */
export interface FrozenSink {
  readonly found: SinkFound;
  readonly statusFound: ConnectorStatus;
  /** false: it did not run and was left as found; its group may still have members. */
  readonly stopped: boolean;
  /** From STOP to STOPPED with an empty group. */
  readonly stopSeconds: number;
  /**
   * The STOP took longer than Connect waits for a task (task.shutdown.graceful.timeout.ms, 5 s): the last
   * commit may be missing, so what is written can be ahead of what is committed.
   */
  readonly outlastedGracefulTimeout: boolean;
  /**
   * The sink is to be set to these offsets before it runs again; survives a crash
   * from the moment this returns.
   * @param tails what the log holds before them, so that whoever sets them later knows that log
   */
  correctOffsets(offsets: Offsets, tails?: LogTails): Promise<void>;
  /** Call it before databases are fenced: see FreezeRecord.cutover. */
  recordCutover(cutover: NonNullable<FreezeRecord['cutover']>): Promise<void>;
}

export interface FreezeResult<T> {
  readonly result: T;
  /** From STOP until connector and all tasks were RUNNING again; 0 where the sink was left as found. */
  readonly pauseSeconds: number;
  /** When it was about to be stopped; undefined where it was left as found. */
  readonly stoppedAt?: string;
  readonly found: SinkFound;
  readonly statusFound: ConnectorStatus;
}

/**
 * Runs `body` while the sink stands still, and makes it run again whatever happens: a freeze record and
 * a guardian are there before the STOP, and the resume follows the rule of resume-decision.ts. The
 * caller holds the lock of all operations. Keep everything slow out of `body`.
 * @throws OperatorError for a sink that could not be brought back, before anything is stopped; what
 *   `body` throws, after the sink was resumed; SinkNotStoppedError, GroupActiveElsewhereError (body
 *   never ran); SinkNotRunningError, ResumeMustWaitError where the resume failed: the guardian then goes
 *   on trying as soon as this process ends
 */
export async function withFrozenSink<T>(
  deps: FreezeDeps,
  request: FreezeRequest,
  body: (frozen: FrozenSink) => Promise<T>,
): Promise<FreezeResult<T>> {
  await requireFreezable(deps.connect, deps.settings, request.connector);
  await recoverStaleFreeze(deps, request.connector);
  const { status, found } = await steadyStatus(deps.connect, request.connector, request.signal);
  if (found !== 'RUNNING' && request.whenNotRunning === 'leave-as-found') {
    return { result: await body(leftAsFound(found, status)), pauseSeconds: 0, found, statusFound: status };
  }
  const freeze = await beginFreeze(deps, request, found);
  const started = performance.now();
  const outcome = await outcomeOf(() => stopAndRun(deps, request, { found, statusFound: status }, body));
  const resumed = await outcomeOf(() => endFreeze(deps, freeze));
  if (!outcome.ok) {
    // The first error is the one to mend; that the sink stands still must not go unsaid beside it.
    if (!resumed.ok) deps.progress.note(`${request.connector}: ${describeError(resumed.error)}`);
    throw outcome.error;
  }
  if (!resumed.ok) throw resumed.error;
  const pauseSeconds = (performance.now() - started) / 1000;
  const stoppedAt = freeze.record.startedAt;
  return { result: outcome.value, pauseSeconds, stoppedAt, found, statusFound: status };
}

interface Freeze {
  readonly record: FreezeRecord;
  readonly guardian: Guardian;
}

async function beginFreeze(deps: FreezeDeps, request: FreezeRequest, found: SinkFound): Promise<Freeze> {
  const { connector, purpose, owner } = request;
  const guardian = deps.guardian ?? chooseGuardian(deps.settings);
  const record = newFreezeRecord({ connector, purpose, owner, found });
  if ((await createFreeze(deps.vault, record)) === undefined) {
    throw new OperatorError(`${connector} was frozen by another process at this very moment`, {
      hint: 'wait until that one ends and run the command again',
    });
  }
  try {
    await guardian.arm(record);
    return { record, guardian };
  } catch (error) {
    await deleteFreeze(deps.vault, record);
    throw error;
  }
}

async function stopAndRun<T>(
  deps: FreezeDeps,
  request: FreezeRequest,
  before: Pick<FrozenSink, 'found' | 'statusFound'>,
  body: (frozen: FrozenSink) => Promise<T>,
): Promise<T> {
  const { connector, group, purpose } = request;
  deps.progress.note(`${connector} is being stopped for the ${purpose}`);
  const stop = await stopAndDrain(deps.connect, () => deps.kafkaAdmin.groupState(group), {
    connector,
    group,
    ...(request.stopDeadlineMs !== undefined && { deadlineMs: request.stopDeadlineMs }),
    ...(request.signal && { signal: request.signal }),
  });
  const change = (part: Partial<FreezeRecord>) => changeRecord(deps.vault, connector, part);
  return await body({
    ...before,
    stopped: true,
    stopSeconds: stop.seconds,
    outlastedGracefulTimeout: stop.outlastedGracefulTimeout,
    correctOffsets: async (offsets, tails) => {
      const committed = [...(await retryRebalance(() => deps.connect.offsets(connector)))];
      await change({ correction: { offsets: [...offsets], committed, ...(tails && { tails }) } });
    },
    recordCutover: (cutover) => change({ cutover }),
  });
}

async function changeRecord(vault: Vault, connector: string, change: Partial<FreezeRecord>): Promise<void> {
  const stored = await readFreeze(vault, connector);
  if (stored === undefined) {
    throw new OperatorError(`the freeze record of ${connector} is gone`, {
      hint: 'another process resumed the sink; run the command again',
    });
  }
  await updateFreeze(vault, stored, change);
}

/** The guardian goes last: until the record is deleted somebody must answer for the sink. */
async function endFreeze(deps: FreezeDeps, { record, guardian }: Freeze): Promise<void> {
  const present = await readFreeze(deps.vault, record.connector);
  const outcome = await resumeSink(deps, present?.record.id === record.id ? present.record : record);
  await deleteFreeze(deps.vault, record);
  await guardian.disarm();
  deps.progress.note(`${record.connector} ${describeOutcome(outcome, record)}`);
}

function leftAsFound(found: SinkFound, statusFound: ConnectorStatus): FrozenSink {
  const notFrozen = async (): Promise<void> => {
    throw new OperatorError(`the sink is ${found} and was left as found: its offsets are not changed`, {
      hint: 'resume the sink and run the command again',
    });
  };
  return {
    found,
    statusFound,
    stopped: false,
    stopSeconds: 0,
    outlastedGracefulTimeout: false,
    correctOffsets: notFrozen,
    recordCutover: notFrozen,
  };
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** A failure is kept for later: what comes after the work must run all the same. */
async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}
