import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disaster } from './disasters.ts';
import type { PhaseCount } from './phases.ts';
import type { Proof } from './proof.ts';
import type { SetAside } from './set-aside.ts';

export interface DrillStep {
  readonly name: string;
  readonly seconds: number;
}

/** `drill-report/report.json`. */
export interface DrillReport {
  readonly disaster: Disaster;
  /** As the database itself reports it. */
  readonly edition: string;
  readonly timescaledb: string;
  readonly seed: number;
  readonly produced: number;
  /** Acknowledged, and neither held in the end nor predicted to be dropped by maintenance. */
  readonly lost: number;
  /** Predicted before the disaster: older than MAX_PLAYBACK_RANGE, so maintenance has to drop them. */
  readonly predictedLost: number;
  readonly doubled: number;
  /** Predicted after the disaster, by the drill's own events: in no table, and set aside. */
  readonly predictedLeftOut: number;
  /** Rows that nobody produced. */
  readonly unknown: number;
  /** Seen from outside, by polling the connector. */
  readonly sinkPauseSeconds: number;
  readonly cutoverPauseSeconds: number;
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
  /** The proof after the undo; undefined: there is none to be proven. */
  readonly undone: Proof | undefined;
  /** The jobs that slept before the backup, and those that sleep in the end. */
  readonly jobs: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Phases that prove too little. */
  readonly thin: readonly PhaseCount[];
}

/** Why the drill failed; empty where it passed. */
export function failuresOf(
  report: Pick<DrillReport, 'lost' | 'doubled' | 'unknown' | 'recoveryVerdict' | 'predictedLost'>,
  { proof, verdict, setAside, undone, jobs, thin }: Observed,
): string[] {
  return [
    report.lost > 0 ? `${report.lost} acknowledged events are lost` : undefined,
    report.doubled > 0 ? `${report.doubled} events are doubled` : undefined,
    report.unknown > 0 ? `${report.unknown} rows hold a number that nobody produced` : undefined,
    report.recoveryVerdict === verdict ? undefined : `the recovery says: ${report.recoveryVerdict}`,
    proof.notLeftOut > 0 ? `${proof.notLeftOut} events of the bad deployment are there again` : undefined,
    ...(['table', 'files'] as const).map((where) => differenceOf(where, setAside)),
    undone === undefined ? undefined : faultOfUndo(undone),
    proof.predictedGone === report.predictedLost
      ? undefined
      : `maintenance had to drop ${report.predictedLost} events, and ${proof.predictedGone} are gone`,
    jobs.before.join() === jobs.after.join()
      ? undefined
      : `jobs asleep before: ${jobs.before.join(', ')}; after: ${jobs.after.join(', ')}`,
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

function faultOfUndo({ lost, doubled, unknown }: Proof): string | undefined {
  if (lost + doubled + unknown === 0) return undefined;
  return `after the undo ${lost} events are lost, ${doubled} doubled, ${unknown} nobody's`;
}

/** Writes `report.json` into the directory; answers its path. */
export async function writeReport(directory: string, report: DrillReport): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'report.json');
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}
