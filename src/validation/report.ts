import { ExitCode } from '../core/operator-error.ts';

/**
 * passed, failed: looked at · not run: there is nothing to look at (this edition has no such thing, nothing
 * to compare with was given) · could not verify: it should have been looked at, and could not be.
 */
export type CheckOutcome = 'passed' | 'failed' | 'not run' | 'could not verify';

export interface ValidationCheck {
  readonly name: string;
  readonly outcome: CheckOutcome;
  /** What was found, with its values. */
  readonly fact: string;
  /** The remedy; only where it failed or could not be verified. */
  readonly hint?: string;
}

/** `could not verify` is never green. */
export type Verdict = 'recovered' | 'not recovered' | 'could not verify';

export interface ValidationReport {
  readonly checks: readonly ValidationCheck[];
  readonly verdict: Verdict;
}

/** One failure outweighs all; what could not be looked at is never taken for good. */
export function verdictOf(checks: readonly ValidationCheck[]): Verdict {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'not recovered';
  const seen = checks.some(({ outcome }) => outcome === 'passed');
  return !seen || checks.some(({ outcome }) => outcome === 'could not verify')
    ? 'could not verify'
    : 'recovered';
}

/** 0, 1 and 2, in the order of the verdicts. */
export function verdictExitCode(verdict: Verdict): ExitCode {
  if (verdict === 'recovered') return ExitCode.ok;
  return verdict === 'not recovered' ? ExitCode.failed : ExitCode.couldNotVerify;
}
