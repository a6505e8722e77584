import { setTimeout as pause } from 'node:timers/promises';
import { hasName, statusOf } from './s3-errors.ts';

/**
 * A router that restarts or a switch-over of a NAT passes in that time; hours of a
 * transfer are worth the wait.
 */
export const PATIENCE_MS = 120_000;
const PAUSE_MS = 1000;

/**
 * Repeats a part of a long transfer while nobody answers. The SDK itself gives up after some seconds.
 * @param patienceMs how long, from the first failure on
 */
export async function patiently<T>(patienceMs: number, request: () => Promise<T>): Promise<T> {
  let giveUpAt: number | undefined;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      giveUpAt ??= performance.now() + patienceMs;
      if (!isOutage(error) || performance.now() > giveUpAt) throw error;
      await pause(PAUSE_MS);
    }
  }
}

/** Nobody answered, or nobody could: asking again later helps. */
function isOutage(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status >= 500;
  return hasName(error, 'TimeoutError') || (error instanceof Error && 'code' in error);
}
