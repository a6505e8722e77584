import { describe, expect, it } from 'vitest';
import { type CheckOutcome, type Verdict, verdictExitCode, verdictOf } from '../../src/validation/report.ts';

describe('verdictOf', () => {
  it.each<[CheckOutcome[], Verdict, number]>([
    [['passed', 'passed'], 'recovered', 0],
    [['passed', 'not run'], 'recovered', 0],
    [['passed', 'failed', 'could not verify'], 'not recovered', 1],
    [['passed', 'could not verify'], 'could not verify', 2],
    [['not run'], 'could not verify', 2],
    [[], 'could not verify', 2],
  ])('%j: %s, exit %i', (outcomes, verdict, exitCode) => {
    const checks = outcomes.map((outcome) => ({ name: 'a check', outcome, fact: '' }));
    expect(verdictOf(checks)).toBe(verdict);
    expect(verdictExitCode(verdict)).toBe(exitCode);
  });
});
