import type { TaskReporter } from '../clients/task-reporter.ts';
import { LockLostError, renewLock } from '../vault/lock.ts';
import type { Vault } from '../vault/vault.ts';
import { TASK_HEARTBEAT_INTERVAL_SECONDS } from './task-environment.ts';

export interface HeartbeatOptions {
  readonly reporter: TaskReporter;
  /** Opened for each beat, so that a task whose settings are wrong can report just that. */
  readonly openVault: () => Promise<Vault>;
  readonly lockId: string | undefined;
  /** Called once, with the reason, where nobody waits for this task any more. */
  readonly onAbandoned: (reason: Error) => void;
  /** What the task ends with where its execution is over. */
  readonly cancelled: () => Error;
  /** Milliseconds between two. @default TASK_HEARTBEAT_INTERVAL_SECONDS */
  readonly intervalMs?: number;
}

/**
 * Step Functions' answers to the heartbeat of a task whose execution ended, was
 * aborted, or went on without it.
 */
const NOBODY_WAITS: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/**
 * Shows that the task lives, and that its execution still holds the lock. An execution that is over cannot
 * stop its tasks, so they notice it here: by the answer to the heartbeat, or by a lock that is gone.
 * @returns ends the heartbeats
 */
export function startHeartbeats(options: HeartbeatOptions): () => void {
  const { reporter, lockId, cancelled } = options;
  let abandoned = false;
  const abandon = (reason: Error) => {
    if (!abandoned) options.onAbandoned(reason);
    abandoned = true;
  };
  const beat = async () => {
    await reporter.heartbeat().catch((error: unknown) => {
      if (error instanceof Error && NOBODY_WAITS.has(error.name)) abandon(cancelled());
    });
    if (lockId === undefined) return;
    if (!(await renewLock(await options.openVault(), lockId))) abandon(new LockLostError(lockId, undefined));
  };
  // A beat that does not get through is noticed by whoever misses it.
  const timer = setInterval(
    () => void beat().catch(() => {}),
    options.intervalMs ?? TASK_HEARTBEAT_INTERVAL_SECONDS * 1000,
  );
  return () => clearInterval(timer);
}
