import { MetricsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/MetricsApi.js';
import { ServiceChecksApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/ServiceChecksApi.js';
import { configure, type DatadogAccess, datadogError } from './access.ts';

export interface DatadogSubmission {
  readonly host: string;
  /** Gauges of this moment. */
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
  // A gauge or a check that is told twice is told once.
  const configuration = configure(access, { signal, once: false });
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
    throw datadogError(error, access.url, 'MSR_DATADOG_API_KEY');
  }
}
