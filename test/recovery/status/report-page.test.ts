import { expect, it } from 'vitest';
import { reportPage } from '../../../src/recovery/status/report-page.ts';
import { sampleReport } from './sample-report.ts';

it('is green for nothing but a whole and proven recovery', () => {
  const tone = (verdict: ReturnType<typeof sampleReport>['verdict']) =>
    /<h1 class="(\w+)">/.exec(reportPage(sampleReport({ verdict })))?.[1];
  expect(tone('recovered')).toBe('ok');
  expect(tone('could not verify')).toBe('warning');
  expect(tone('not recovered')).toBe('failed');
});

it('says in words, and crosses out, the hour that differs', () => {
  const page = reportPage(sampleReport({ verdict: 'not recovered' }, true));
  expect(page).toContain('Ledger: NOT BALANCED');
  expect(page).toContain('76 hours of events compared, 1 DIFFER');
  expect(page).toContain('2026-11-22T22:00:00Z: 1,070 rows, 600 of them replayed, DIFFERS');
});

it('leaves out what there is nothing of', () => {
  const { results: _, ledger: __, validation: ___, ...bare } = sampleReport();
  const failure = { error: 'DiskFullError', message: 'no space left' };
  const page = reportPage({
    ...bare,
    results: {},
    steps: [],
    remarks: [],
    notRun: [],
    failure,
    resumable: true,
  });
  for (const title of ['Steps', 'Lag', 'Ledger', 'Digests', 'Validation', 'To know']) {
    expect(page).not.toContain(`<h2>${title}`);
  }
  expect(page).toContain('no space left');
  expect(page).toContain('A later run goes on where it stopped.');
});
