import { alarmName, type HealthAlarm } from '../health/alarms.ts';
import { INSTANCE_LABEL } from './prometheus-series.ts';

/** The service checks that a run submits. */
export const DatadogCheck = {
  /** One for each alarm of the table, told apart by a tag. */
  alarm: 'msr.health',
  /** OK at each run: its absence is what tells that nobody looks any more. */
  run: 'msr.health_run',
} as const;

const LONGEST_TAG = 200;

/**
 * A tag as Datadog keeps it, so that what a monitor asks for is what was submitted.
 * https://docs.datadoghq.com/getting_started/tagging/#define-tags
 */
export function datadogTag(name: string, value: string): string {
  const kept = value.toLowerCase().replace(/[^\p{L}\p{N}_:./-]/gu, '_');
  return `${name}:${kept}`.slice(0, LONGEST_TAG);
}

export function instanceTag(instance: string): string {
  return datadogTag(INSTANCE_LABEL, instance);
}

/** They tell the service check of an alarm from those of others. */
export function alarmTags(instance: string, alarm: Pick<HealthAlarm, 'runbook' | 'part'>): readonly string[] {
  return [instanceTag(instance), datadogTag('alarm', alarmName(alarm))];
}
