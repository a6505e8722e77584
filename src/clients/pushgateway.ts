import { Pushgateway, type Registry } from 'prom-client';
import { AnswerError } from '../core/answer-error.ts';
import { messageOf } from '../core/operator-error.ts';

/** A Pushgateway did not take a push. Its URL may hold a login, and is in no message. */
class PushgatewayError extends AnswerError {
  override readonly name = 'PushgatewayError';
}

/** Milliseconds without a byte. */
const IDLE_MS = 10_000;

const HINTS: Readonly<Record<number, string>> = {
  400: 'it holds metrics of the same names that look otherwise: delete the groups that an older msr left there',
  401: 'put its login into the URL of MSR_PUSHGATEWAY_URL: https://user:password@host',
  403: 'see what its proxy asks for; a login stands in the URL of MSR_PUSHGATEWAY_URL',
  404: 'see its --web.route-prefix: the path belongs into MSR_PUSHGATEWAY_URL, without /metrics',
};

/**
 * Replaces the group of an instance by what a registry holds, in one request: what the run before has pushed
 * is gone. The group is `job="<job>"`, `instance="<instance>"`.
 * @throws PushgatewayError where it refuses or does not answer
 */
export async function pushMetrics(
  url: string,
  {
    job,
    instance,
    registry,
  }: { readonly job: string; readonly instance: string; readonly registry: Registry },
): Promise<void> {
  const gateway = new Pushgateway(url, { timeout: IDLE_MS }, registry);
  // A slash, as in `prod/msr`, would end the value; an empty one would end the path:
  // https://github.com/prometheus/pushgateway#url
  const groupings = { 'instance@base64': Buffer.from(instance).toString('base64url') || '=' };
  const { status, text } = await gateway.push({ jobName: job, groupings }).then(answerOf, failureOf);
  if (status >= 200 && status < 300) return;
  const { host } = new URL(url);
  if (status === 0) {
    const hint = 'see whether the Pushgateway of MSR_PUSHGATEWAY_URL runs and can be reached from here';
    throw new PushgatewayError(0, `the Pushgateway at ${host} does not answer: ${text}`, { hint });
  }
  throw new PushgatewayError(status, `the Pushgateway at ${host} answers ${status}: ${text.slice(0, 300)}`, {
    hint: status < 400 ? 'give MSR_PUSHGATEWAY_URL where it points to' : (HINTS[status] ?? 'see its log'),
  });
}

interface PushAnswer {
  /** 0: none came. */
  readonly status: number;
  readonly text: string;
}

/** The client takes a redirect for a success, and pushes nothing. */
function answerOf({ resp, body }: { resp?: unknown; body?: unknown }): PushAnswer {
  const { statusCode } = resp as { readonly statusCode?: number };
  return { status: statusCode ?? 0, text: String(body ?? '') };
}

function failureOf(error: unknown): PushAnswer {
  const message = messageOf(error);
  const [, status, text] = /^push failed with status (\d+), ([\s\S]*)$/.exec(message) ?? [];
  return status === undefined
    ? { status: 0, text: message }
    : { status: Number(status), text: (text ?? '').trim() };
}
