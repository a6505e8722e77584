import { describe, expect, it } from 'vitest';
import { failuresIn, vitestReport } from '../../scripts/vitest-report.ts';

const none = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, numTodoTests: 0, success: false };
const passed = { fullName: 'it works', status: 'passed', failureMessages: [] };
const file = { name: '/repo/test/a.test.ts', status: 'failed', message: '' };

function failures(...testResults: object[]): string[] {
  return failuresIn(vitestReport.parse({ ...none, testResults }), '/repo');
}

describe('what is told at the end of `npm test`', () => {
  it('is nothing of what passed', () => {
    expect(failures({ ...file, status: 'passed', assertionResults: [passed] })).toEqual([]);
  });

  it('is a failed test with the beginning of what it said, without colours', () => {
    const lines = [
      '\u001b[31mError: 1 is not 2\u001b[39m',
      ...Array.from({ length: 40 }, (_, i) => `  at line ${i}`),
    ];
    const failed = { fullName: 'a sum adds', status: 'failed', failureMessages: [lines.join('\n')] };
    const [told = '', ...others] = failures({ ...file, assertionResults: [passed, failed] });
    expect(others).toEqual([]);
    expect(told.split('\n').slice(0, 2)).toEqual([
      'test/a.test.ts: a sum adds (failed)',
      'Error: 1 is not 2',
    ]);
    expect(told).not.toContain('at line 20');
  });

  it('is a test that was left out, too', () => {
    const skipped = { fullName: 'a sum', status: 'skipped', failureMessages: null };
    expect(failures({ ...file, status: 'passed', assertionResults: [skipped] })).toEqual([
      'test/a.test.ts: a sum (skipped)',
    ]);
  });

  it('is a file that did not load', () => {
    expect(failures({ ...file, message: 'Error: no such module', assertionResults: [] })).toEqual([
      'test/a.test.ts\nError: no such module',
    ]);
  });
});
