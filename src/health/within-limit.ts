/** A check that did not end within its time. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';

  constructor(ms: number) {
    super(`it did not end within ${ms / 1000} s`);
  }
}

/**
 * Runs `work` for so long at the most. What hangs all the same is left behind: its signal is aborted, and
 * nobody waits for it.
 * @throws TimeLimitError, the reason of `signal`, and what `work` throws
 */
export async function withinLimit<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const either = AbortSignal.any([signal, limit.signal]);
  const timer = setTimeout(() => limit.abort(new TimeLimitError(ms)), ms);
  const aborted = new Promise<never>((_, reject) => {
    if (either.aborted) reject(either.reason);
    either.addEventListener('abort', () => reject(either.reason), { once: true });
  });
  try {
    return await Promise.race([work(either), aborted]);
  } finally {
    clearTimeout(timer);
  }
}
