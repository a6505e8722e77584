import { runbookReference } from '../core/runbook.ts';
import { alarmName, HEALTH_ALARMS, type HealthAlarm, silenceAlarm } from '../health/alarms.ts';
import { alarmTags, DatadogCheck, instanceTag } from './datadog-names.ts';
import type { MonitorsOf } from './prometheus-rules.ts';
import { INSTANCE_LABEL } from './prometheus-series.ts';

export interface DatadogMonitorsOf extends MonitorsOf {
  /** Who is told of each severity, as Datadog writes it: `@pagerduty-msr`. @default nobody */
  readonly notify: Readonly<Partial<Record<HealthAlarm['severity'], string>>>;
}

/** A monitor, as the API takes it: https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor */
interface DatadogMonitor {
  readonly name: string;
  readonly type: 'service check';
  readonly query: string;
  readonly message: string;
  readonly tags: readonly string[];
  /** From 1, high, to 5. */
  readonly priority: number;
  readonly options: Readonly<Record<string, unknown>>;
}

const PRIORITY: Readonly<Record<HealthAlarm['severity'], number>> = { page: 1, ticket: 4 };

/** The monitors of one instance, made of the table that CloudWatch's alarms are made of. */
export function datadogMonitors(of: DatadogMonitorsOf): readonly DatadogMonitor[] {
  return [...HEALTH_ALARMS.map((alarm) => monitorOf(alarm, of)), silenceOf(of)];
}

/** The tags by which the monitors of an instance are known. */
export function ownTags(instance: string): readonly string[] {
  return ['service:msr', instanceTag(instance)];
}

function monitorOf(alarm: HealthAlarm, of: DatadogMonitorsOf): DatadogMonitor {
  return {
    ...common(alarm, of, ['{{check_message}}']),
    query: queryOf(DatadogCheck.alarm, alarmTags(of.instance, alarm)),
    // What no run tells stands as it was: silence has a monitor of its own.
    options: { ...OPTIONS, notify_no_data: false },
  };
}

/** A dead man's switch: what is missing is not OK. */
function silenceOf(of: DatadogMonitorsOf): DatadogMonitor {
  const { minutes, ...alarm } = silenceAlarm(of.everyMinutes);
  const first = 'see whether cron still runs `msr health`, and what that says of Datadog.';
  return {
    ...common({ ...alarm, first }, of, []),
    query: queryOf(DatadogCheck.run, [instanceTag(of.instance)]),
    options: { ...OPTIONS, notify_no_data: true, no_data_timeframe: minutes },
  };
}

/** One status is enough either way: the run itself decides whether it was seen often enough. */
const OPTIONS = { thresholds: { ok: 1, warning: 1, critical: 1 }, renotify_interval: 0, include_tags: false };

/**
 * `last` must be more than the greatest threshold. Its group is the instance, not the host: what the
 * machine said that ran `msr health` before must not stand beside what the one says that runs it now.
 */
function queryOf(check: string, tags: readonly string[]): string {
  const over = tags.map((tag) => JSON.stringify(tag)).join(',');
  return `${JSON.stringify(check)}.over(${over}).by("${INSTANCE_LABEL}").last(2).count_by_status()`;
}

function common(
  alarm: Pick<HealthAlarm, 'runbook' | 'part' | 'severity' | 'means' | 'recovery' | 'first'>,
  { instance, runbookUrl, notify }: DatadogMonitorsOf,
  found: readonly string[],
) {
  const { severity, means, recovery, first, runbook } = alarm;
  const lines = [means, ...found, `For a recovery: ${recovery}`, `First: ${first}`];
  const reference = runbookReference(runbookUrl, runbook, '--runbook-url');
  return {
    name: `[${severity}] MSR ${instance}: ${alarmName(alarm)}`,
    type: 'service check',
    message: [
      `{{^is_recovery}}${[...lines, reference].join('\n')}{{/is_recovery}}`,
      `{{#is_recovery}}Over: ${means}{{/is_recovery}}`,
      ...(notify[severity] ? [notify[severity]] : []),
    ].join('\n'),
    tags: [...ownTags(instance), `severity:${severity}`],
    priority: PRIORITY[severity],
  } as const;
}
