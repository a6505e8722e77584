import type { RunningTask } from '../clients/ecs-tasks.ts';
import { TaskVariable } from '../edge/task-environment.ts';
import type { FreezeRecord } from '../freeze/freeze-record.ts';
import { ENDED_WITH_THE_PLAN } from '../recovery/recovery-errors.ts';
import type { LockOwner } from '../vault/lock-owner.ts';
import type { Incident } from './incident.ts';
import type { JanitorReport } from './page.ts';

/**
 * Whose the lock of all operations is. dead: the ended execution's, which cannot give it back ·
 * free: nobody's, or its owner is dead · another: a living operation's, which ends stale
 * freezes itself before its own.
 */
export type LockSituation = 'dead' | 'free' | 'another';

/** Whether the lock is that of the execution whose end is told: nobody has to look whether it lives. */
export function isOfEnded(incident: Incident, owner: LockOwner | undefined): owner is LockOwner {
  if (incident.kind !== 'execution ended' || owner?.kind !== 'execution') return false;
  return owner.arn === incident.executionArn;
}

/**
 * The tasks that outlive the execution that started them. Nothing tells a task of its execution, but it
 * carries the execution's lock and the id of its backup or recovery.
 */
export function tasksToStop(
  incident: Incident,
  running: readonly RunningTask[],
  lockId: string | undefined,
): RunningTask[] {
  // A later task of the same operation is none of a stopped one's.
  if (incident.kind === 'task stopped') return [];
  const operationId = incident.kind === 'guardian fired' ? incident.owner : incident.operationId;
  return running.filter(
    ({ startedBy, environment }) =>
      startedBy === operationId || (lockId !== undefined && environment[TaskVariable.lockId] === lockId),
  );
}

/**
 * Whether the sink is the janitor's business. A guardian answers for the one freeze that it was armed for,
 * whoever holds the lock: its owner has not moved it for minutes, and its tasks are stopped by now. A task
 * that stopped can have left only a freeze of its operation that began before: a later one is the next
 * task's. After an execution it is whatever stands frozen, unless another operation runs.
 */
export function mayResume(
  incident: Incident,
  freeze: FreezeRecord | undefined,
  lock: LockSituation,
): boolean {
  if (incident.kind === 'guardian fired') return freeze?.id === incident.freezeId;
  if (incident.kind === 'execution ended') return lock !== 'another';
  if (freeze?.owner !== incident.operationId) return false;
  return Date.parse(freeze.startedAt) < incident.stoppedAt.getTime();
}

/** A sink that does not come back is tried every two minutes for a day, and every hour after that. */
const QUICK_ATTEMPTS = 720;
const QUICK_MS = 2 * 60_000;
const SLOW_MS = 60 * 60_000;

/**
 * Milliseconds until the janitor tries again, without end: whatever keeps the sink for days is mended some
 * day.
 */
export function retryAfterMs(attempt: number): number {
  return attempt < QUICK_ATTEMPTS ? QUICK_MS : SLOW_MS;
}

/**
 * An execution that ended is told once, unless it ended with its plan. A guardian or a task that left
 * everything in order is no news; a guardian that cannot make the sink run is told at its calls 1, 2, 4,
 * 8, …, and once a day after the first.
 */
export function isWorthAPage(
  incident: Incident,
  { done, sink }: Pick<JanitorReport, 'done' | 'sink'>,
): boolean {
  const isFailure = incident.kind === 'execution ended' && !ENDED_WITH_THE_PLAN.has(incident.error);
  if (isFailure) return true;
  if (sink.state !== 'stands still') return done.length > 0;
  if (incident.kind === 'execution ended') return true;
  if (incident.kind === 'task stopped') return true;
  const { attempt } = incident;
  if (attempt >= QUICK_ATTEMPTS) return (attempt - QUICK_ATTEMPTS) % 24 === 0;
  return Number.isInteger(Math.log2(attempt));
}
