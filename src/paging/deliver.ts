import { setTimeout as sleep } from 'node:timers/promises';
import { mayRepeat, repeatAfterMs } from '../clients/repeat-request.ts';
import { AnswerError } from '../core/answer-error.ts';

/** A service of people's did not take a notice. Its URL is in no message: Slack's is a secret. */
export class DeliveryError extends AnswerError {
  override readonly name = 'DeliveryError';
}

export interface Delivery {
  /** `PagerDuty`, for people. */
  readonly to: string;
  readonly url: string;
  readonly body: object;
  /** What is to be done about a status that is no success. */
  readonly hints: Readonly<Record<number, string>>;
  /** Before the second attempt, in milliseconds; doubled each time. @default 1000 */
  readonly retryMs?: number;
}

const ATTEMPTS = 4;
const CALL_MS = 10_000;

/**
 * Posts a notice as JSON, again where the service was busy or did not answer. Told twice is better than
 * not at all: PagerDuty knows both by their key.
 * @throws DeliveryError where it is refused, or is not taken within four attempts
 */
export async function deliver(delivery: Delivery): Promise<void> {
  const { retryMs = 1000 } = delivery;
  for (let attempt = 1; ; attempt += 1) {
    const { error, waitMs } = await post(delivery, retryMs * 2 ** (attempt - 1));
    if (error === undefined) return;
    if (attempt >= ATTEMPTS || !(error.status === 0 || mayRepeat(error.status, false))) throw error;
    await sleep(waitMs);
  }
}

interface Outcome {
  readonly error?: DeliveryError;
  readonly waitMs: number;
}

async function post({ to, url, body, hints }: Delivery, otherwiseMs: number): Promise<Outcome> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_MS),
      // A routing key would go wherever it points.
      redirect: 'error',
    });
    const text = await answer.text();
    if (answer.ok) return { waitMs: 0 };
    const hint = hints[answer.status] ?? `see the status page of ${to}; the notice is in the dead letters`;
    const error = new DeliveryError(answer.status, `${to} answers ${answer.status}: ${text.slice(0, 300)}`, {
      hint,
    });
    return { error, waitMs: repeatAfterMs(answer, otherwiseMs) };
  } catch (cause) {
    const hint = 'this Lambda is outside of the network: see whether the service is up';
    const reason = cause instanceof Error ? cause.name : String(cause);
    return {
      error: new DeliveryError(0, `${to} does not answer: ${reason}`, { hint }),
      waitMs: otherwiseMs,
    };
  }
}
