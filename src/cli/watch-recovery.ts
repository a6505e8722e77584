import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import { recoveryExitCode } from '../recovery/end/verdict.ts';
import {
  hasEnded,
  type RecoveryState,
  type RecoveryStatus,
  stateText,
} from '../recovery/status/recovery-status.ts';
import { remarkOf } from './recoveries-views.ts';

export interface WatchOptions {
  readonly read: () => Promise<RecoveryStatus>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Between two looks, in milliseconds. @default 2_000 */
  readonly intervalMs?: number;
  /** How long a recovery that may go on by itself is waited for, in milliseconds. @default 60_000 */
  readonly restMs?: number;
}

/**
 * Follows a recovery by its documents until it has ended: its notes as they come, the rate and estimate of
 * what runs. One that was only planned, or was broken off, has ended when nothing has changed for a while.
 */
export async function watchRecovery(options: WatchOptions): Promise<RecoveryStatus> {
  const { read, progress, signal, intervalMs = 2_000, restMs = 60_000 } = options;
  const teller = new Teller(progress);
  let changedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const status = await read();
    if (teller.tell(status)) changedAt = performance.now();
    const isAtRest = mayStand(status.state) && performance.now() - changedAt >= restMs;
    if (hasEnded(status.state) || isAtRest) return status;
    // An interruption ends the wait; the next look throws its reason.
    await sleep(intervalMs, undefined, { signal }).catch(() => {});
  }
}

/** Says each thing once. */
class Teller {
  readonly #progress: Progress;
  readonly #told = new Set<string>();
  #state: RecoveryState | undefined;
  #heardAt = 0;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** @returns whether anything was new */
  tell(status: RecoveryStatus): boolean {
    const { state, progress, heardAt } = status;
    const isNew = state !== this.#state || heardAt.getTime() !== this.#heardAt;
    const changed = state !== this.#state;
    // The end is told last: what was noted before it may be new at the same look.
    if (changed && !hasEnded(state)) this.#tellState(status);
    for (const note of progress?.notes ?? []) this.#tellOnce(note);
    if (changed && hasEnded(state)) this.#tellState(status);
    if (isNew && state === 'running' && progress?.latest !== undefined) {
      this.#progress.update(progress.latest);
    }
    this.#state = state;
    this.#heardAt = heardAt.getTime();
    return isNew;
  }

  #tellState(status: RecoveryStatus): void {
    const remark = status.state === 'running' ? '' : remarkOf(status);
    this.#progress.note(`${status.recoveryId}: ${stateText(status)}${remark === '' ? '' : `: ${remark}`}`);
  }

  #tellOnce(note: string): void {
    if (this.#told.has(note)) return;
    this.#told.add(note);
    this.#progress.note(note);
  }
}

/** States that something may follow at any moment, or nothing for ever. */
function mayStand(state: RecoveryState): boolean {
  return state === 'planned' || state === 'approved' || state === 'broken off';
}

/** The exit code with which the recovery's own command would have ended. */
export function watchExitCode({ state }: RecoveryStatus): ExitCode {
  switch (state) {
    case 'recovered':
    case 'recovered, some lost':
    case 'recovered, some set aside':
    case 'recovered, API not tested':
    case 'recovered, API failed':
    case 'not recovered':
    case 'could not verify':
      return recoveryExitCode(state);
    case 'planned':
      return ExitCode.ok;
    case 'refused':
    case 'rejected':
    case 'approval expired':
      return ExitCode.failed;
    default:
      // Nobody knows how it ended.
      return ExitCode.couldNotVerify;
  }
}
