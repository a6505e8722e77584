import { pushMetrics } from '../clients/pushgateway.ts';
import { describeError } from '../core/operator-error.ts';
import type { HealthReport } from '../health/health-report.ts';
import { withinLimit } from '../health/within-limit.ts';
import type { MonitorSettings } from './monitor-settings.ts';
import { healthRegistry } from './prometheus-series.ts';

/** The job of what is pushed. */
const PUSH_JOB = 'msr-health';
const EACH_MS = 20_000;

/**
 * Tells every monitor that the settings name, side by side and each within its own time.
 * @returns why some were not told, a text with its HINT each; none: all were
 */
export async function tellMonitors(
  report: HealthReport,
  {
    instance,
    settings,
    signal,
  }: {
    readonly instance: string;
    readonly settings: MonitorSettings;
    readonly signal: AbortSignal;
  },
): Promise<readonly string[]> {
  const { pushgatewayUrl } = settings;
  const ways: Array<() => Promise<void>> = [];
  if (pushgatewayUrl !== undefined) {
    const registry = healthRegistry(instance, report);
    ways.push(() => pushMetrics(pushgatewayUrl, { job: PUSH_JOB, instance, registry }));
  }
  const told = await Promise.allSettled(ways.map((way) => withinLimit(EACH_MS, signal, way)));
  return told.flatMap((each) => (each.status === 'fulfilled' ? [] : [describeError(each.reason)]));
}
