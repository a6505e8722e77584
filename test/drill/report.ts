import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BedHandle } from '../bed/bed.ts';
import type { Disaster } from './disasters.ts';
import type { DrillStep, RecoveryReport } from './drill-steps.ts';
import type { PhaseCount } from './phases.ts';
import type { Proof } from './proof.ts';
import type { SetAside } from './set-aside.ts';

/** `drill-report/report.json`. */
export interface DrillReport {
  readonly disaster: Disaster;
  /** As the database itself reports it. */
  readonly edition: string;
  readonly timescaledb: string;
  readonly seed: number;
  readonly recoveryId: string;
  readonly produced: number;
  /** Acknowledged, and neither held in the end nor predicted to be dropped by maintenance. */
  readonly lost: number;
  /** Predicted before the disaster: older than MAX_PLAYBACK_RANGE, so maintenance has to drop them. */
  readonly predictedLost: number;
  /** Predicted before the disaster: neither a backup nor Kafka has them any more. */
  readonly lostWithKafka: number;
  readonly doubled: number;
  /** Predicted after the disaster, by the drill's own events: in no table, and set aside. */
  readonly predictedLeftOut: number;
  /** Rows that nobody produced. */
  readonly unknown: number;
  /** Seen from outside, by polling the connector; null where it was not watched. */
  readonly pauses: { readonly backupSeconds: number; readonly recoverySeconds: number } | null;
  readonly steps: readonly DrillStep[];
  readonly phases: readonly PhaseCount[];
  /** The recovery's own ledger, as it reported it. */
  readonly ledger: unknown;
  /** The recovery's own verdict. */
  readonly recoveryVerdict: string;
  readonly notRunInThisEdition: readonly string[];
  readonly verdict: 'passed' | 'failed';
  readonly failures: readonly string[];
}

/** What was seen from outside. */
export interface Observed {
  readonly proof: Proof;
  /** The recovery's verdict, as it has to be. */
  readonly verdict: string;
  /** Numbers that had to be set aside, and those that are: in the database, and in the vault. */
  readonly setAside: SetAside;
  /** The proof after the undo; undefined: there was nothing to go back to. */
  readonly undone: Proof | undefined;
  /** What else is not as it has to be. */
  readonly faults: readonly string[];
  /** The jobs that slept before the backup, and those that sleep in the end. */
  readonly jobs: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Phases that prove too little. */
  readonly thin: readonly PhaseCount[];
}

/** What a drill knows of itself when it ends. */
interface DrillEnd
  extends Pick<
      DrillReport,
      'disaster' | 'seed' | 'produced' | 'predictedLost' | 'lostWithKafka' | 'predictedLeftOut'
    >,
    Pick<DrillReport, 'pauses' | 'steps' | 'phases'> {
  readonly bed: Pick<BedHandle, 'edition' | 'timescaledb'>;
  /** The recovery's own report. */
  readonly told: RecoveryReport;
  readonly proof: Proof;
}

/** The drill's report, with its verdict by what was seen from outside. */
export function reportOf({ bed, told, proof, ...end }: DrillEnd, observed: Observed): DrillReport {
  const result = {
    ...end,
    ...{ edition: bed.edition, timescaledb: bed.timescaledb },
    recoveryId: told.recoveryId,
    ...{ lost: proof.lost, doubled: proof.doubled, unknown: proof.unknown },
    steps: [...end.steps, ...told.steps.map(({ name, seconds }) => ({ name: `recovery: ${name}`, seconds }))],
    ledger: told.ledger,
    recoveryVerdict: told.verdict,
    notRunInThisEdition: told.notRun.filter((check) => check.includes('edition')),
  };
  const failures = failuresOf(result, observed);
  return { ...result, verdict: failures.length === 0 ? 'passed' : 'failed', failures };
}

/** Why the drill failed; empty where it passed. */
export function failuresOf(
  report: Pick<DrillReport, 'lost' | 'doubled' | 'unknown' | 'recoveryVerdict' | 'predictedLost'>,
  { proof, verdict, setAside, undone, faults, jobs, thin }: Observed,
): string[] {
  return [
    report.lost > 0 ? `${report.lost} acknowledged events are lost` : undefined,
    report.doubled > 0 ? `${report.doubled} events are doubled` : undefined,
    report.unknown > 0 ? `${report.unknown} rows hold a number that nobody produced` : undefined,
    report.recoveryVerdict === verdict ? undefined : `the recovery says: ${report.recoveryVerdict}`,
    proof.notGone > 0 ? `${proof.notGone} events that had to be gone are there` : undefined,
    ...(['table', 'files'] as const).map((where) => differenceOf(where, setAside)),
    undone === undefined ? undefined : faultOfUndo(undone),
    proof.predictedGone === report.predictedLost
      ? undefined
      : `maintenance had to drop ${report.predictedLost} events, and ${proof.predictedGone} are gone`,
    jobs.before.join() === jobs.after.join()
      ? undefined
      : `jobs asleep before: ${jobs.before.join(', ')}; after: ${jobs.after.join(', ')}`,
    ...faults,
    ...thin.map(({ name, acknowledged }) => `only ${acknowledged} events were acknowledged during ${name}`),
  ].filter((failure) => failure !== undefined);
}

function differenceOf(where: 'table' | 'files', setAside: SetAside): string | undefined {
  const [expected, found] = [new Set(setAside.expected), new Set(setAside[where])];
  const missing = setAside.expected.filter((number) => !found.has(number)).length;
  const others = setAside[where].filter((number) => !expected.has(number)).length;
  const doubled = setAside[where].length - found.size;
  if (missing + others + doubled === 0) return undefined;
  const place = where === 'table' ? 'msr_recovery.quarantine' : "the vault's files";
  return `of the ${expected.size} events that were left out ${missing} are not in ${place}, ${others} others are, ${doubled} twice`;
}

function faultOfUndo({ lost, doubled, unknown, notGone }: Proof): string | undefined {
  if (lost + doubled + unknown + notGone === 0) return undefined;
  return `after the undo ${lost} events are lost, ${doubled} doubled, ${unknown} nobody's, ${notGone} there that were not before`;
}

/**
 * Writes `report.json` into the directory, and beside it the recovery's own page from its vault, which
 * does not outlive the drill; answers the first one's path.
 */
export async function writeReport(directory: string, report: DrillReport, vault: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'report.json');
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  await copyFile(join(vault, 'recoveries', report.recoveryId, 'report.html'), join(directory, 'report.html'));
  return path;
}
