import { count } from '../../core/activity.ts';
import { ExitCode } from '../../core/operator-error.ts';
import { INEXACT_BY_CONTENT } from '../../manifest/manifest.ts';
import type { Verdict } from '../../validation/report.ts';
import { type LossCount, lossText } from '../plan/loss.ts';

/**
 * How a recovery ended, from good to grave. Only `recovered` is green. The others that begin so are
 * live, and the rest of them is proven: recovered, some set aside: records lie in quarantine, which no
 * database holds · recovered, API not tested: the MSR API was not seen to serve what the database holds
 * (no URL, no answer, refused) · recovered, some lost: Kafka did not hold every record any more, as the
 * plan had said · recovered, API failed: the MSR API was seen to serve something else
 */
export const RECOVERY_VERDICTS = [
  'recovered',
  'recovered, some set aside',
  'recovered, API not tested',
  'recovered, some lost',
  'recovered, API failed',
  'could not verify',
  'not recovered',
] as const;
export type RecoveryVerdict = (typeof RECOVERY_VERDICTS)[number];

export interface VerdictInput {
  /** What a repair has proven, or the database's own checks; undefined: nobody looked. */
  readonly database: RecoveryVerdict | undefined;
  /** Records that no database holds; undefined: nobody knows. */
  readonly setAside: number | undefined;
  /** Records that Kafka did not hold any more. */
  readonly someLost: boolean;
  /** What the test of the MSR API says; undefined: it was not run. */
  readonly api: Verdict | undefined;
}

/**
 * Pure: the verdict of a recovery that is live. One that holds for several reasons is the gravest of
 * them; its text tells all. What was not looked at is never taken for good.
 */
export function liveVerdict({ database, setAside, someLost, api }: VerdictInput): RecoveryVerdict {
  return gravest([
    database ?? 'could not verify',
    ...(setAside === undefined ? ['could not verify' as const] : []),
    // Neither balanced nor recovered, whoever is to blame for the record.
    ...(setAside !== undefined && setAside > 0 ? ['recovered, some set aside' as const] : []),
    ...(someLost ? ['recovered, some lost' as const] : []),
    API_VERDICTS[api ?? 'could not verify'],
  ]);
}

const API_VERDICTS: Readonly<Record<Verdict, RecoveryVerdict>> = {
  recovered: 'recovered',
  'could not verify': 'recovered, API not tested',
  'not recovered': 'recovered, API failed',
};

function gravest(verdicts: readonly RecoveryVerdict[]): RecoveryVerdict {
  const gravity = Math.max(0, ...verdicts.map((verdict) => RECOVERY_VERDICTS.indexOf(verdict)));
  return RECOVERY_VERDICTS[gravity] ?? 'could not verify';
}

/**
 * 0: all is there and proven · 1: not recovered, or not served · 2: not all of it is proven, or there.
 */
export function recoveryExitCode(verdict: RecoveryVerdict): ExitCode {
  switch (verdict) {
    case 'recovered':
      return ExitCode.ok;
    case 'not recovered':
    case 'recovered, API failed':
      return ExitCode.failed;
    case 'recovered, some lost':
    case 'recovered, some set aside':
    case 'recovered, API not tested':
    case 'could not verify':
      return ExitCode.couldNotVerify;
  }
}

export interface VerdictFacts {
  readonly verdict: RecoveryVerdict;
  readonly setAside?: number | undefined;
  /** How many of them are in the live database by now. */
  readonly retried?: number | undefined;
  readonly lost?: LossCount | undefined;
  /** Records of an inexact cut's overlap that the dump held already; absent: the cut was exact. */
  readonly inDump?: number | undefined;
  readonly api?: { readonly verdict: Verdict } | undefined;
}

/**
 * For people: with what is lost, that content has decided where the cut was inexact, how many records
 * were set aside, and what became of the API's test.
 */
export function verdictText({ verdict, setAside = 0, retried = 0, lost, inDump, api }: VerdictFacts): string {
  if (verdict === 'not recovered' || verdict === 'could not verify') return verdict;
  const someLost = lost === undefined ? verdict === 'recovered, some lost' && 'some' : lossText(lost);
  const aside = asideText(setAside, retried) ?? (verdict === 'recovered, some set aside' && 'some set aside');
  const parts = [
    'recovered',
    ...(someLost === false ? [] : [`${someLost} lost`]),
    ...(aside === false ? [] : [aside]),
  ];
  const cut = inDump === undefined ? '' : `; ${INEXACT_BY_CONTENT} (${count(inDump)} in the dump already)`;
  return `${parts.join(', ')}${cut}${API_WORDS[api === undefined ? verdict : API_VERDICTS[api.verdict]] ?? ''}`;
}

function asideText(setAside: number, retried: number): string | undefined {
  if (setAside === 0) return undefined;
  if (retried === 0) return `${count(setAside)} set aside`;
  const left = setAside - retried;
  if (left <= 0) return `${count(setAside)} set aside and written since`;
  return `${count(left)} set aside, ${count(retried)} more written since`;
}

const API_WORDS: Readonly<Partial<Record<RecoveryVerdict, string>>> = {
  'recovered, API not tested': '; the MSR API was not tested',
  'recovered, API failed': '; the MSR API FAILED its test',
};
