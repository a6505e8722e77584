import { duration } from '../../core/activity.ts';
import { INEXACT_BY_CONTENT } from '../../manifest/manifest.ts';
import { estimateStandard } from '../../recovery/plan/estimate.ts';
import type { CheckResult } from '../check-result.ts';
import type { CheckName } from '../checks.ts';
import type { DrillRecord } from '../look-at-drills.ts';

/** What a plan's estimate is made of, of the newest usable backup. */
interface RecoverableBackup {
  readonly id: string;
  readonly takenAt: string;
  readonly exact: boolean;
  /** Inexact, and a recovery drops the overlap by content. */
  readonly byContent: boolean;
  readonly baseline: 'dump' | 'volumes';
  readonly dumpSeconds: number;
  readonly digestSeconds: number;
}

export interface RecoveryOutlook {
  readonly answer: 'yes' | 'no' | 'not known';
  /** The first line that people read. */
  readonly text: string;
  /** In seconds; null: nothing can be recovered. */
  readonly seconds: { readonly low: number; readonly high: number } | null;
  /** By recoveries and drills of this system; else a guess. */
  readonly measured: boolean;
}

export interface OutlookInput {
  readonly backup: RecoverableBackup | undefined;
  readonly results: readonly CheckResult[];
  /** Newest first. */
  readonly drills: readonly DrillRecord[];
  /** Records that a recovery would replay; undefined: not known. */
  readonly records: number | undefined;
}

/**
 * Can we recover now? Whatever was not looked at, or never tried, stands in the answer. Pure.
 */
export function recoveryOutlook(input: OutlookInput): RecoveryOutlook {
  const { backup, results } = input;
  const nothing = { seconds: null, measured: false };
  if (backup === undefined) {
    const why = result(results, 'backup-fresh');
    if (why === undefined || why.status === 'unknown') {
      const fact = why?.evidence[0] ?? 'nobody has looked yet';
      return { answer: 'not known', text: `Can we recover now? Not known: ${fact}`, ...nothing };
    }
    return { answer: 'no', text: 'Can we recover now? No: there is no usable backup', ...nothing };
  }
  const time = timeOf(input, backup);
  const doubt = doubts(input, time.measured);
  const told = (answer: RecoveryOutlook['answer'], what: string): RecoveryOutlook => ({
    answer,
    text: `Can we recover now? ${what}${doubt === '' ? '' : `; ${doubt}`}`,
    ...time,
  });
  const within = `in ${range(time.seconds)}`;
  const damaged = result(results, 'vault-integrity');
  if (!backup.exact && !backup.byContent)
    return told('no', `No: the cut of ${backup.id} is not exact, and a recovery refuses it`);
  if (damaged?.severity === 'page') return told('not known', `Perhaps, ${within}: ${damaged.evidence[0]}`);
  const kafka = result(results, 'backup-replayable');
  if (kafka?.status === 'failed' && kafka.value === 0) {
    return told('no', `Not without loss, ${within} to ${minuteOf(backup.takenAt)}: ${kafka.evidence[0]}`);
  }
  if (kafka === undefined || kafka.status === 'unknown') {
    const why = kafka?.evidence[0] ?? 'nobody has looked';
    return told(
      'not known',
      `To ${minuteOf(backup.takenAt)} surely, ${within}; whether nothing is lost is not known: ${why}`,
    );
  }
  const until = kafka.severity === 'none' ? '' : `, for another ${(kafka.value ?? 0).toFixed(1)} h only`;
  return told(
    'yes',
    `Yes, ${within}, losing nothing${until}${backup.byContent ? ` (${INEXACT_BY_CONTENT})` : ''}`,
  );
}

function result(results: readonly CheckResult[], check: CheckName): CheckResult | undefined {
  return results.find((entry) => entry.check === check);
}

/** `2026-11-27T03:30Z`: what is lost is told by hours. */
function minuteOf(iso: string): string {
  return iso.replace(/:\d\d(?:\.\d+)?Z$/, 'Z');
}

/** The last ones that were green: what took an hour last year may take two today, or ten minutes. */
const MEASURED_BY = 5;

function timeOf({ drills, records }: OutlookInput, backup: RecoverableBackup) {
  const green = drills.filter(({ passed, seconds }) => passed && seconds > 0).slice(0, MEASURED_BY);
  const seconds = green.map((drill) => drill.seconds);
  if (seconds.length > 0) {
    return { seconds: { low: Math.min(...seconds), high: Math.max(...seconds) }, measured: true };
  }
  return { seconds: estimateStandard({ backup, log: { records: records ?? 0 } }), measured: false };
}

function doubts({ results }: OutlookInput, measured: boolean): string {
  const unseen = results.filter(({ status }) => status === 'unknown').length;
  return [
    ...(measured ? [] : ['the time is a guess: no recovery was ever drilled here']),
    ...(unseen === 0 ? [] : [`${unseen} of ${results.length} checks could not be looked at`]),
  ].join('; ');
}

/** `12 to 25 min`; one number where both are the same. */
function range({ low, high }: { readonly low: number; readonly high: number }): string {
  if (high < 120) return low === high ? duration(high * 1000) : `${Math.round(low)} to ${Math.round(high)} s`;
  const [from, to] = [Math.max(1, Math.round(low / 60)), Math.max(1, Math.round(high / 60))];
  return from === to ? `${to} min` : `${from} to ${to} min`;
}
