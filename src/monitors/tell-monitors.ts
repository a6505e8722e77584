import { hostname } from 'node:os';
import { pushMetrics } from '../clients/pushgateway.ts';
import { describeError, OperatorError } from '../core/operator-error.ts';
import type { HealthReport } from '../health/health-report.ts';
import { TimeLimitError, withinLimit } from '../health/within-limit.ts';
import { datadogSubmission } from './datadog-submission.ts';
import type { MonitorSettings } from './monitor-settings.ts';
import { healthRegistry } from './prometheus-series.ts';

/** The job of what is pushed. */
const PUSH_JOB = 'msr-health';

/** Milliseconds; those of a schedule of a minute are over by the next run. */
const EACH_MS = 20_000;

interface Monitor {
  /** As people call it. */
  readonly name: string;
  readonly tell: (signal: AbortSignal) => Promise<void>;
}

interface Telling {
  readonly instance: string;
  readonly settings: MonitorSettings;
  readonly signal: AbortSignal;
}

/**
 * Tells every monitor that the settings name, side by side and each within its own time.
 * @returns why some were not told, a text with its HINT each; none: all were
 */
export async function tellMonitors(report: HealthReport, telling: Telling): Promise<readonly string[]> {
  const untold = await Promise.all(
    monitorsOf(report, telling).map(({ name, tell }) =>
      withinLimit(EACH_MS, telling.signal, tell).then(
        () => [],
        (error: unknown) => [describeError(named(name, error))],
      ),
    ),
  );
  return untold.flat();
}

function monitorsOf(report: HealthReport, { instance, settings }: Telling): Monitor[] {
  const { pushgatewayUrl, datadog } = settings;
  const monitors: Monitor[] = [];
  if (pushgatewayUrl !== undefined) {
    const registry = healthRegistry(instance, report);
    const tell = () => pushMetrics(pushgatewayUrl, { job: PUSH_JOB, instance, registry });
    monitors.push({ name: 'the Pushgateway', tell });
  }
  if (datadog !== undefined) {
    const tell = async (signal: AbortSignal) => {
      // A megabyte that nobody else needs.
      const { submitToDatadog } = await import('../clients/datadog/submit.ts');
      await submitToDatadog(datadog, datadogSubmission(hostname(), instance, report), signal);
    };
    monitors.push({ name: 'Datadog', tell });
  }
  return monitors;
}

function named(name: string, error: unknown): unknown {
  if (!(error instanceof TimeLimitError)) return error;
  const hint = 'see whether it is overloaded, and what lies between; the next run tells it anew';
  return new OperatorError(`${name} was not told: ${error.message}`, { hint, cause: error });
}
