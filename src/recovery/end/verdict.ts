import { count } from '../../core/activity.ts';
import { ExitCode } from '../../core/operator-error.ts';
import { type LossCount, lossText } from '../plan/loss.ts';

/**
 * How a recovery ended. Only `recovered` is green.
 * recovered, some lost: the rest is proven, but Kafka did not hold every record any more, as the plan
 * had said · recovered, some set aside: the rest is proven, but records lie in quarantine, which no
 * database holds
 */
export const RECOVERY_VERDICTS = [
  'recovered',
  'recovered, some lost',
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
    case 'recovered, some lost':
    case 'recovered, some set aside':
    case 'could not verify':
      return ExitCode.couldNotVerify;
  }
}

/** For people: with what is lost, and the number of records that were set aside. */
export function verdictText({
  verdict,
  setAside,
  lost,
}: {
  readonly verdict: RecoveryVerdict;
  readonly setAside?: number | undefined;
  readonly lost?: LossCount | undefined;
}): string {
  const aside = setAside === undefined ? [] : [`${count(setAside)} set aside`];
  switch (verdict) {
    case 'recovered, some lost':
      return ['recovered', `${lost === undefined ? 'some' : lossText(lost)} lost`, ...aside].join(', ');
    case 'recovered, some set aside':
      return ['recovered', ...(setAside === undefined ? ['some set aside'] : aside)].join(', ');
    default:
      return verdict;
  }
}
