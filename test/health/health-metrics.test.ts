import { expect, it } from 'vitest';
import { CHECK_NAMES } from '../../src/health/checks.ts';
import { healthEmf, healthMeasures } from '../../src/health/health-metrics.ts';
import type { HealthReport } from '../../src/health/health-report.ts';

const AT = '2026-11-27T10:00:00.000Z';
const BEFORE = '2026-11-27T09:45:00.000Z';

const results: HealthReport['results'] = CHECK_NAMES.map((check) => ({
  check,
  status: check === 'zones' ? 'unknown' : check === 'database' ? 'failed' : 'ok',
  severity: check === 'database' ? 'page' : 'none',
  value: null,
  unit: null,
  threshold: null,
  since: BEFORE,
  evidence: ['so it is'],
  hint: null,
  commands: [],
  silencedBy: null,
}));

it('logs a document for the instance and one for each check, as CloudWatch extracts metrics', () => {
  const documents = healthEmf('prod/msr', {
    at: AT,
    results,
    quiet: null,
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
            { Name: 'UnknownSeverity', Unit: 'None' },
            { Name: 'HealthQuiet', Unit: 'None' },
            { Name: 'SinkLagMessages', Unit: 'Count' },
            { Name: 'BackupAgeHours', Unit: 'None' },
          ],
        },
      ],
    },
    Instance: 'prod/msr',
    HealthRun: 1,
    // `zones` is unknown, which is a ticket at the most.
    UnknownSeverity: 1,
    HealthQuiet: 0,
    SinkLagMessages: 12,
    BackupAgeHours: 3.5,
  });
  expect(healthMeasures({ results, values: {}, quiet: null, at: AT })).toHaveLength(
    3 + 2 * CHECK_NAMES.length,
  );
  const of = (check: string) => documents.find((document) => document['Check'] === check);
  expect(of('database')).toMatchObject({ Instance: 'prod/msr', CheckSeverity: 2, CheckUnknown: 0 });
  expect(of('zones')).toMatchObject({ CheckSeverity: 0, CheckUnknown: 1 });
  expect(of('jobs')).toMatchObject({ CheckSeverity: 0, CheckUnknown: 0 });
});

it.each([
  ['a check that may page is unknown', 'sink-lag', null, 2],
  ['a check that may page is unknown, and its cause is told', 'sink-lag', 'database', 0],
  ['a check that is a ticket at the most is unknown', 'jobs', null, 1],
] as const)('tells how blind a run was where %s', (_, check, silencedBy, expected) => {
  const all = results.map((result) => ({ ...result, status: 'ok' as const }));
  const blind = all.map((result) =>
    result.check === check ? { ...result, status: 'unknown' as const, silencedBy } : result,
  );
  const measured = (of: HealthReport['results']) =>
    healthMeasures({ results: of, values: {}, quiet: null, at: AT }).find(
      ({ name }) => name === 'UnknownSeverity',
    )?.value;
  expect(measured(all)).toBe(0);
  expect(measured(blind)).toBe(expected);
  // Seen for the first time it may pass by itself.
  expect(measured(blind.map((result) => ({ ...result, since: AT })))).toBe(0);
});
