import { setTimeout as sleep } from 'node:timers/promises';

export interface PollOptions {
  /** How long to go on, in milliseconds. */
  readonly deadlineMs: number;
  /** Between two looks, in milliseconds. @default 40 */
  readonly intervalMs?: number;
  /** Ends the wait at once with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Looks until `look` answers something, at least once.
 * @returns what it answered, or undefined where the deadline passed first: the caller knows what to say then
 */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  options: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined || performance.now() >= deadline) return seen;
    // What an abort says is thrown by the next round.
    await sleep(options.intervalMs ?? 40, undefined, options).catch(() => {});
  }
}
