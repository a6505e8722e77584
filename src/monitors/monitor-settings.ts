import { z } from 'zod';
import type { DatadogAccess } from '../clients/datadog/access.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { InstanceVariable } from '../settings/instance-environment.ts';

/** Who else is told of a health run. Nobody is, unless the operator says so. */
export interface MonitorSettings {
  /** May hold a login: never printed. */
  readonly pushgatewayUrl: string | undefined;
  /** Holds the keys: never printed. */
  readonly datadog: DatadogAccess | undefined;
}

/** `us3.datadoghq.com`, or the URL of a proxy. */
const site = z
  .string()
  .regex(/^(https?:\/\/\S+|[a-z0-9-]+(\.[a-z0-9-]+)+)$/, 'expected a site as datadoghq.eu, or a URL')
  .transform((value) => (value.includes('://') ? value : `https://api.${value.replace(/^app\./, '')}`));

const schema = z.object({
  MSR_PUSHGATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
  MSR_DATADOG_API_KEY: z.string().trim().min(1).optional(),
  MSR_DATADOG_APP_KEY: z.string().trim().min(1).optional(),
  MSR_DATADOG_SITE: site.prefault('datadoghq.com'),
});

/** The variables, for a test that the README lists them. @internal */
export const MONITOR_SETTING_NAMES = Object.keys(schema.shape);

/**
 * @throws OperatorError naming the first variable that is wrong; never its value, which may be secret
 */
export function readMonitorSettings(env: Environment): MonitorSettings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new OperatorError(`${String(issue?.path[0])} is not valid: ${issue?.message}`, {
      hint: 'docs/monitoring.md shows the variables of Prometheus and Datadog with their values',
    });
  }
  const { MSR_PUSHGATEWAY_URL, MSR_DATADOG_API_KEY: apiKey, MSR_DATADOG_APP_KEY: appKey } = parsed.data;
  const keys = apiKey === undefined ? undefined : { apiKey, ...(appKey === undefined ? {} : { appKey }) };
  return {
    pushgatewayUrl: MSR_PUSHGATEWAY_URL,
    datadog: keys === undefined ? undefined : { url: parsed.data.MSR_DATADOG_SITE, ...keys },
  };
}

/** What monitors call the instance: on one machine there is mostly one, without a name. */
export function monitoredInstance(env: Environment): string {
  const name = env[InstanceVariable.name];
  return name === undefined || name === '' ? DEFAULT_INSTANCE : name;
}

export const DEFAULT_INSTANCE = 'msr';
