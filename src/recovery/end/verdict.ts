import { count } from '../../core/activity.ts';
import { ExitCode } from '../../core/operator-error.ts';

/**
 * How a recovery ended. `recovered, some set aside`: the rest is proven, but records lie in quarantine, which
 * no database holds. Only `recovered` is green.
 */
export const RECOVERY_VERDICTS = [
  'recovered',
  'recovered, some set aside',
  'not recovered',
  'could not verify',
] as const;
export type RecoveryVerdict = (typeof RECOVERY_VERDICTS)[number];

/** 0: all is there and proven · 1: not recovered · 2: not all of it is proven, or not all of it is there. */
export function recoveryExitCode(verdict: RecoveryVerdict): ExitCode {
  switch (verdict) {
    case 'recovered':
      return ExitCode.ok;
    case 'not recovered':
      return ExitCode.failed;
    case 'recovered, some set aside':
    case 'could not verify':
      return ExitCode.couldNotVerify;
  }
}

/** For people: with the number of records that were set aside. */
export function verdictText({
  verdict,
  setAside,
}: {
  readonly verdict: RecoveryVerdict;
  readonly setAside?: number | undefined;
}): string {
  return verdict === 'recovered, some set aside'
    ? `recovered, ${setAside === undefined ? 'some' : count(setAside)} set aside`
    : verdict;
}
