/**
 * Two long jobs side by side. Where one fails the other is told to stop and waited for, so that nothing still
 * writes behind an error that was already reported.
 * @param signal stops both
 * @throws what failed first
 */
export async function together<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const stopping = async <T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await job(either);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const jobs = [stopping(first), stopping(second)] as const;
  await Promise.allSettled(jobs);
  // The reason of the abort is the first failure; the other job's is its consequence.
  failed.signal.throwIfAborted();
  return await Promise.all(jobs);
}
