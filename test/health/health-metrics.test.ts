import { expect, it } from 'vitest';
import { CHECK_NAMES } from '../../src/health/checks.ts';
import { healthEmf, healthMeasures } from '../../src/health/health-metrics.ts';
import type { HealthReport } from '../../src/health/health-report.ts';

const AT = '2026-11-27T10:00:00.000Z';

const results: HealthReport['results'] = CHECK_NAMES.map((check) => ({
  check,
  status: check === 'zones' ? 'unknown' : check === 'database' ? 'failed' : 'ok',
  severity: check === 'database' ? 'page' : 'none',
  value: null,
  unit: null,
  threshold: null,
  since: AT,
  evidence: ['so it is'],
  hint: null,
  commands: [],
  silencedBy: null,
}));

it('logs a document for the instance and one for each check, as CloudWatch extracts metrics', () => {
  const documents = healthEmf('prod/msr', {
    at: AT,
    results,
    values: { SinkLagMessages: 12, BackupAgeHours: 3.5 },
  });
  expect(documents).toHaveLength(1 + CHECK_NAMES.length);
  expect(documents[0]).toEqual({
    _aws: {
      Timestamp: Date.parse(AT),
      CloudWatchMetrics: [
        {
          Namespace: 'MSR',
          Dimensions: [['Instance']],
          Metrics: [
            { Name: 'HealthRun', Unit: 'Count' },
            { Name: 'SinkLagMessages', Unit: 'Count' },
            { Name: 'BackupAgeHours', Unit: 'None' },
          ],
        },
      ],
    },
    Instance: 'prod/msr',
    HealthRun: 1,
    SinkLagMessages: 12,
    BackupAgeHours: 3.5,
  });
  expect(healthMeasures({ results, values: {} })).toHaveLength(1 + 2 * CHECK_NAMES.length);
  const of = (check: string) => documents.find((document) => document['Check'] === check);
  expect(of('database')).toMatchObject({ Instance: 'prod/msr', CheckSeverity: 2, CheckUnknown: 0 });
  expect(of('zones')).toMatchObject({ CheckSeverity: 0, CheckUnknown: 1 });
  expect(of('jobs')).toMatchObject({ CheckSeverity: 0, CheckUnknown: 0 });
});
