import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '@datadog/datadog-api-client/dist/logger.js';
import {
  type Configuration,
  createConfiguration,
} from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/configuration.js';
import { ApiException } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/exception.js';
import { BaseServerConfiguration } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/servers.js';
import { MetricsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/MetricsApi.js';
import { ServiceChecksApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/ServiceChecksApi.js';
import { AnswerError } from '../core/answer-error.ts';
import { messageOf } from '../core/operator-error.ts';
import { mayRepeat, repeatAfterMs } from './repeat-request.ts';

/** Datadog did not take what it was told. The key is in no message. */
class DatadogError extends AnswerError {
  override readonly name = 'DatadogError';
}

export interface DatadogAccess {
  /** `https://api.datadoghq.com` */
  readonly url: string;
  readonly apiKey: string;
}

export interface DatadogSubmission {
  readonly host: string;
  /** All of this moment. */
  readonly metrics: ReadonlyArray<{
    readonly metric: string;
    readonly value: number;
    readonly tags: readonly string[];
  }>;
  readonly checks: ReadonlyArray<{
    readonly check: string;
    /** OK, warning, critical or unknown, in Datadog's numbers. */
    readonly status: 0 | 1 | 2 | 3;
    readonly tags: readonly string[];
    readonly message?: string;
  }>;
}

/**
 * Submits gauges and service checks. The API of version 1: the client's second one is ten times as large.
 * @param signal ends the call, and what it would wait for
 * @throws DatadogError where something is refused, or is not taken within three attempts
 */
export async function submitToDatadog(
  access: DatadogAccess,
  { host, metrics, checks }: DatadogSubmission,
  signal: AbortSignal,
): Promise<void> {
  const configuration = configure(access, signal);
  const now = Math.floor(Date.now() / 1000);
  const series = metrics.map(({ metric, value, tags }) => ({
    ...{ metric, type: 'gauge', host, tags: [...tags] },
    points: [[now, value] satisfies [number, number]],
  }));
  // Without a time of its own a check counts from its receipt: a clock that is wrong here loses none.
  const body = checks.map(({ tags, ...check }) => ({ ...check, hostName: host, tags: [...tags] }));
  try {
    await new ServiceChecksApi(configuration).submitServiceCheck({ body });
    await new MetricsApi(configuration).submitMetrics({ body: { series } });
  } catch (error) {
    throw datadogError(error, access.url);
  }
}

function configure({ url, apiKey }: DatadogAccess, signal: AbortSignal): Configuration {
  // It would write failures to the console by itself, beside the one line that says what to do.
  logger.setLevel(logger.levels.SILENT);
  return createConfiguration({
    // Said outright: otherwise variables of Datadog's own agent (DD_SITE, DD_API_KEY) would decide.
    baseServer: new BaseServerConfiguration(url, {}),
    authMethods: { apiKeyAuth: apiKey },
    fetch: (target: string, init: RequestInit) => repeated(target, { ...init, signal }),
  });
}

const ATTEMPTS = 3;

/** A gauge or a check that is told twice is told once. */
async function repeated(target: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    // The key would go wherever a redirect points.
    const answer = await fetch(target, { ...init, redirect: 'error' });
    if (attempt >= ATTEMPTS || !mayRepeat(answer.status, false)) return answer;
    await sleep(repeatAfterMs(answer, 1000 * 2 ** (attempt - 1)), undefined, { signal: init.signal });
  }
}

const HINTS: Readonly<Record<number, string>> = {
  403: 'see whether MSR_DATADOG_API_KEY is an API key of the account, and MSR_DATADOG_SITE the site that it is at',
  429: 'Datadog takes a limited number of requests; it was tried three times, and the next run tells it anew',
};

function datadogError(error: unknown, url: string): unknown {
  const { host } = new URL(url);
  if (error instanceof ApiException) {
    const hint = HINTS[error.code] ?? 'see the status page of Datadog; the next run tells it anew';
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
  const said = Array.isArray(errors) ? errors.join('; ') : typeof body === 'string' ? body : '';
  return said.slice(0, 300);
}
