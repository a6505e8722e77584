import { CHECK_NAMES, type CheckName } from '../../../src/health/checks.ts';
import type { HealthValues } from '../../../src/health/health-metric.ts';
import { healthEmf } from '../../../src/health/health-metrics.ts';
import type { HealthReport } from '../../../src/health/health-report.ts';
import type { Quiet } from '../../../src/health/quiet.ts';
import { PutMetrics } from '../../alarms/put-metrics.ts';

const INSTANCE = 'prod/az-a';
const BEGIN = Date.parse('2026-10-01T00:00:00Z');

/** What a run finds at a minute. */
export interface Found {
  readonly page?: readonly CheckName[];
  readonly ticket?: readonly CheckName[];
  readonly unknown?: readonly CheckName[];
  readonly quiet?: Quiet | null;
  readonly values?: HealthValues;
}

/** Puts metrics as the deployed parts do, minute by minute. */
export class SimulatedMetrics extends PutMetrics {
  /** Since when something is unknown. */
  #before: string | undefined;

  /** One health run, by the writer of the Lambda. */
  run(minute: number, found: Found): void {
    const at = timeOf(minute).toISOString();
    const report = {
      at,
      results: resultsOf(at, this.#before ?? at, found),
      values: found.values ?? {},
      quiet: found.quiet ?? null,
    };
    for (const document of healthEmf(INSTANCE, report)) this.extract(minute, document);
    // As a run tells of what the one before has met as well.
    this.#before = (found.unknown ?? []).length === 0 ? undefined : (this.#before ?? at);
  }

  /** A backup that was verified and told of. */
  backup(minute: number): void {
    this.put(`MSR BackupAgeSeconds Instance=${INSTANCE}`, minute, 3600);
  }
}

export function timeOf(minute: number): Date {
  return new Date(BEGIN + minute * 60_000);
}

/** What each check found, as a run tells it. */
export function resultsOf(
  at: string,
  before: string,
  { page = [], ticket = [], unknown = [] }: Found,
): HealthReport['results'] {
  return CHECK_NAMES.map((check) => ({
    check,
    status: unknown.includes(check)
      ? 'unknown'
      : page.includes(check)
        ? 'failed'
        : ticket.includes(check)
          ? 'warning'
          : 'ok',
    severity: page.includes(check) ? 'page' : ticket.includes(check) ? 'ticket' : 'none',
    value: null,
    unit: null,
    threshold: null,
    since: unknown.includes(check) ? before : at,
    evidence: ['as the scenario says'],
    hint: null,
    commands: [],
    silencedBy: null,
  }));
}
