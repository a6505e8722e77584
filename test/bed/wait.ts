import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** @default 60_000 */
  readonly timeoutMs?: number;
  /** @default 50 */
  readonly everyMs?: number;
}

/**
 * Polls a condition until it yields something other than undefined or false; what it
 * throws counts as 'not yet'.
 * @throws Error naming `what`, with the last failure as its cause, when the time is up
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, everyMs = 50 }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      if (error instanceof GaveUp) throw error;
      lastError = error;
    }
    await delay(everyMs);
  }
  throw new Error(`waited ${Math.round(timeoutMs / 1000)} s in vain for ${what}`, { cause: lastError });
}

/** Thrown by a probe that knows that waiting longer is useless: a task FAILED, a process is gone. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
}
