import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '@datadog/datadog-api-client/dist/logger.js';
import {
  type Configuration,
  createConfiguration,
} from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/configuration.js';
import { ApiException } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/exception.js';
import { BaseServerConfiguration } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/servers.js';
import { AnswerError } from '../../core/answer-error.ts';
import { messageOf } from '../../core/operator-error.ts';
import { mayRepeat, repeatAfterMs } from '../repeat-request.ts';

/** Datadog did not take what it was told. No key is in a message. */
class DatadogError extends AnswerError {
  override readonly name = 'DatadogError';
}

export interface DatadogAccess {
  /** `https://api.datadoghq.com` */
  readonly url: string;
  readonly apiKey: string;
  /** For monitors alone. */
  readonly appKey?: string;
}

interface Calls {
  /** Ends a call, and what it would wait for. */
  readonly signal: AbortSignal;
  /** Whether a repetition could do it twice. */
  readonly once: boolean;
}

/** How the client reaches Datadog, and with what. */
export function configure({ url, apiKey, appKey }: DatadogAccess, calls: Calls): Configuration {
  // It would write failures to the console by itself, beside the one line that says what to do.
  logger.setLevel(logger.levels.SILENT);
  return createConfiguration({
    // Said outright: otherwise variables of Datadog's own agent (DD_SITE, DD_API_KEY) would decide.
    baseServer: new BaseServerConfiguration(url, {}),
    authMethods: { apiKeyAuth: apiKey, ...(appKey === undefined ? {} : { appKeyAuth: appKey }) },
    fetch: (target: string, init: RequestInit) => repeated(target, init, calls),
  });
}

const ATTEMPTS = 3;

async function repeated(target: string, init: RequestInit, { signal, once }: Calls): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    // The key would go wherever a redirect points.
    const answer = await fetch(target, { ...init, signal, redirect: 'error' });
    if (attempt >= ATTEMPTS || !mayRepeat(answer.status, once)) return answer;
    await sleep(repeatAfterMs(answer, 1000 * 2 ** (attempt - 1)), undefined, { signal });
  }
}

const HINTS: Readonly<Record<number, string>> = {
  429: 'Datadog takes a limited number of requests; it was tried three times: try again later',
};

/**
 * What a call failed with, as an operator reads it.
 * @param keys the variables that hold what it was called with
 */
export function datadogError(error: unknown, url: string, keys: string): unknown {
  const { host } = new URL(url);
  if (error instanceof ApiException) {
    const refused = error.code === 401 || error.code === 403;
    const hint = refused
      ? `see whether ${keys} is of the account, and MSR_DATADOG_SITE the site that it is at`
      : (HINTS[error.code] ?? 'see the status page of Datadog, and try again');
    return new DatadogError(error.code, `Datadog at ${host} answers ${error.code}: ${saidBy(error)}`, {
      hint,
    });
  }
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const hint = 'see MSR_DATADOG_SITE, and whether this machine may reach it';
  return new DatadogError(0, `Datadog at ${host} does not answer: ${messageOf(cause)}`, { hint });
}

function saidBy({ body }: ApiException<unknown>): string {
  const { errors } = (body ?? {}) as { readonly errors?: unknown };
  if (Array.isArray(errors)) return errors.join('; ').slice(0, 300);
  // The client's own words about a status that the documentation does not have.
  const [, inner] = /^Unknown API Status Code!\s+Body: "([\s\S]*)"$/.exec(String(body)) ?? [];
  return (inner ?? '').slice(0, 300);
}
