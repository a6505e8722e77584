import { ExitCode } from '../core/operator-error.ts';
import type { SpaceNeed } from '../retention/disk-plan.ts';
import type { RetentionNeed } from '../retention/kafka-retention.ts';
import type { TopicFinding } from '../retention/topic-findings.ts';

/**
 * ok, failed: looked at · warning: it works today · could not verify: it should have been looked at, and
 * could not be · not checked: there was nothing to look at, for the reason that the fact says.
 */
export type DoctorOutcome = 'ok' | 'warning' | 'failed' | 'could not verify' | 'not checked';

export interface DoctorCheck {
  /** `database`, `backup role`, `topic gis.geo`: what an operator greps for. */
  readonly name: string;
  readonly outcome: DoctorOutcome;
  /** What was found, with its values; no secret. */
  readonly fact: string;
  /** The remedy; only where something is to be done. */
  readonly hint?: string;
  /** Ready to run: SQL with its semicolon, or lines for a shell. */
  readonly commands?: readonly string[];
}

export type DoctorVerdict = 'healthy' | 'not healthy' | 'could not verify';

export interface DoctorReport {
  readonly version: 1;
  readonly at: string;
  readonly verdict: DoctorVerdict;
  readonly checks: readonly DoctorCheck[];
  /** What Kafka must hold, and what its topics are set to; absent where neither could be seen. */
  readonly retention?: {
    readonly need: RetentionNeed;
    readonly findings: readonly TopicFinding[];
    /** The shortest retention.ms of the sink's topics; null: all are held for ever, or none is told. */
    readonly shortestMs: number | null;
  };
  /** What the disks must hold; absent where the database's size is not known. */
  readonly disk?: readonly SpaceNeed[];
}

/** One failure outweighs all; what could not be looked at is never taken for good. */
export function doctorVerdict(checks: readonly DoctorCheck[]): DoctorVerdict {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'not healthy';
  const seen = checks.some(({ outcome }) => outcome === 'ok');
  return !seen || checks.some(({ outcome }) => outcome === 'could not verify')
    ? 'could not verify'
    : 'healthy';
}

export function doctorExitCode(verdict: DoctorVerdict): ExitCode {
  if (verdict === 'healthy') return ExitCode.ok;
  return verdict === 'not healthy' ? ExitCode.failed : ExitCode.couldNotVerify;
}

export const ok = (name: string, fact: string): DoctorCheck => ({ name, outcome: 'ok', fact });
export const notChecked = (name: string, fact: string): DoctorCheck => ({
  name,
  outcome: 'not checked',
  fact,
});
