import type { DatadogSubmission } from '../clients/datadog/submit.ts';
import { CHECK_DIMENSION } from '../health/health-metric.ts';
import { healthMeasures } from '../health/health-metrics.ts';
import type { HealthReport } from '../health/health-report.ts';
import { type AlarmState, alarmStates } from './alarm-states.ts';
import { alarmTags, DatadogCheck, datadogTag, instanceTag } from './datadog-names.ts';
import { CHECK_LABEL, seriesOf } from './prometheus-series.ts';

/** Datadog's numbers. */
const STATUS = { ok: 0, page: 2, ticket: 1 } as const;

/** Longer messages are cut: https://docs.datadoghq.com/api/latest/service-checks/ */
const LONGEST_MESSAGE = 500;

/**
 * What a run found, for Datadog: gauges, named as Prometheus' series, for graphs; and a service check
 * for each alarm of the table, since only that carries words and ends at once when a run says so. Pure.
 */
export function datadogSubmission(host: string, instance: string, report: HealthReport): DatadogSubmission {
  const own = instanceTag(instance);
  const metrics = healthMeasures(report).map(({ name, value, dimensions }) => {
    const { name: series, factor } = seriesOf(name);
    const check = dimensions[CHECK_DIMENSION];
    const tags = check === undefined ? [own] : [own, datadogTag(CHECK_LABEL, check)];
    return { metric: series.replace('_', '.'), value: value * factor, tags };
  });
  // Silence about one that is held back leaves it as it was: neither begun nor over.
  const states = alarmStates(report).filter(({ isHeldBack }) => !isHeldBack);
  const checks = states.map((state) => ({
    ...{
      check: DatadogCheck.alarm,
      status: state.rings ? STATUS[state.alarm.severity] : STATUS.ok,
      tags: alarmTags(instance, state.alarm),
    },
    ...(state.rings ? { message: messageOf(state) } : {}),
  }));
  return {
    ...{ host, metrics },
    checks: [{ check: DatadogCheck.run, status: STATUS.ok, tags: [own] }, ...checks],
  };
}

/** A name of a topic or a table is data: it must call nobody. */
function messageOf({ evidence }: AlarmState): string {
  return evidence.join(' · ').replaceAll('@', '(at)').slice(0, LONGEST_MESSAGE);
}
