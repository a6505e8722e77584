import type { HealthReport } from '../../src/health/health-report.ts';
import { type Found, resultsOf } from '../lib/observability/simulated-run.ts';

const AT = '2026-11-27T10:00:00.000Z';
const BEFORE = '2026-11-27T09:45:00.000Z';

/** What a run would report that has found this, and the one before it the same. */
export function reportOf(found: Found): HealthReport {
  return {
    ...{ version: 1, at: AT, instance: null, seconds: 1, verdict: 'healthy', done: [] },
    ...{ results: resultsOf(AT, BEFORE, found), values: found.values ?? {}, quiet: found.quiet ?? null },
  };
}
