import type { Progress } from '../core/progress.ts';
import type { Settings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';

/** What every task of a state machine is given. */
export interface TaskContext {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly progress: Progress;
  /**
   * Aborted on SIGTERM, and when nobody waits for the task any more: it stops at the next safe place.
   */
  readonly signal: AbortSignal;
  /** The backup's or the recovery's id. */
  readonly operationId: string;
  /** The lock that the execution holds; undefined for a task that only reads. */
  readonly lockId: string | undefined;
  /** A backup begins although MSR's maintenance is near. */
  readonly ignoreMaintenance: boolean;
  /** A backup leaves the sink running. */
  readonly noPause: boolean;
}

/** A step as the command line's table of tasks has it. */
export interface KnownTask {
  readonly run: Task;
  /** What it ends with where whoever started it is gone or has stopped it. */
  readonly cancelled: () => Error;
}

/**
 * Does one step. @returns what the state machine needs of it: small, results travel through the vault
 */
export type Task = (ctx: TaskContext) => Promise<Readonly<Record<string, unknown>>>;
