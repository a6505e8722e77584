import { expect, it } from 'vitest';
import { drillPage } from '../../../src/recovery/drill/drill-page.ts';
import type { DrillReport } from '../../../src/recovery/drill/drill-report.ts';
import { sampleReport } from '../status/sample-report.ts';

function page(change: Partial<DrillReport> = {}): string {
  const { ledger, validation, steps } = sampleReport();
  return drillPage({
    ...{ version: 1, drillId: '20261123T041500Z-9f3a', backupId: '20261122T031500Z-0001', verdict: 'passed' },
    ...{ endedAt: '2026-11-23T05:00:00Z', steps, validation, remarks: [] },
    ledger: (ledger as Record<string, unknown>)['round 1'],
    replayed: { records: 49_248, whole: true },
    ...change,
  });
}

it.each([
  ['passed', 'ok'],
  ['failed', 'failed'],
  ['could not verify', 'warning'],
  ['skipped', 'warning'],
] as const)('is green for nothing but a drill that passed: %s', (verdict, tone) => {
  expect(page({ verdict })).toContain(`<h1 class="${tone}">Drill ${verdict}</h1>`);
});

it('rests on the steps, the ledger, the hours and the validation', () => {
  const text = page();
  expect(text).toContain('49,248 records, all that Kafka held');
  for (const part of ['<h2>Steps', 'Ledger: every record', '76 hours of events compared', '<h2>Validation']) {
    expect(text).toContain(part);
  }
});

it('says that not all was replayed, and why it failed, as text', () => {
  const text = page({
    replayed: { records: 10, whole: false },
    failure: { error: 'DiskFullError', message: 'no space left on <b>the disk</b>' },
  });
  expect(text).toContain('NOT all that Kafka held');
  expect(text).toContain('no space left on &lt;b&gt;the disk');
});

it('leaves out what a drill that failed at once has not', () => {
  const text = page({ steps: [], ledger: undefined, validation: undefined });
  for (const title of ['Steps', 'Ledger', 'Validation', 'To know'])
    expect(text).not.toContain(`<h2>${title}`);
});
