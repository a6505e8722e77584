import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { InstanceVariable } from '../settings/instance-environment.ts';

/** Who else is told of a health run. Nobody is, unless the operator says so. */
export interface MonitorSettings {
  /** May hold a login: never printed. */
  readonly pushgatewayUrl: string | undefined;
}

const schema = z.object({
  MSR_PUSHGATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
});

/** The variables, for a test that the README lists them. @internal */
export const MONITOR_SETTING_NAMES = Object.keys(schema.shape);

/** @throws OperatorError naming the first variable that is wrong; never its value, which may be secret */
export function readMonitorSettings(env: Environment): MonitorSettings {
  const parsed = schema.safeParse(env);
  if (parsed.success) return { pushgatewayUrl: parsed.data.MSR_PUSHGATEWAY_URL };
  const [issue] = parsed.error.issues;
  throw new OperatorError(`${String(issue?.path[0])} is not valid: ${issue?.message}`, {
    hint: 'docs/monitoring.md shows the variables of Prometheus and Datadog with their values',
  });
}

/** What monitors call the instance: on one machine there is mostly one, without a name. */
export function monitoredInstance(env: Environment): string {
  const name = env[InstanceVariable.name];
  return name === undefined || name === '' ? DEFAULT_INSTANCE : name;
}

export const DEFAULT_INSTANCE = 'msr';
