/** The longest that an API may ask a caller to wait. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Whether a request may be sent again: 429 says that nothing was done; what a 5xx has done nobody knows.
 * @param status of the answer
 * @param once whether a repetition could do it twice
 */
export function mayRepeat(status: number, once: boolean): boolean {
  return status === 429 || (status >= 500 && !once);
}

/**
 * Milliseconds before the next attempt: what the answer's Retry-After says, a minute at the most.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 * @param otherwise where it says nothing
 */
export function repeatAfterMs(answer: Pick<Response, 'headers'>, otherwise: number): number {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : otherwise;
}
