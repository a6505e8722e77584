import { z } from 'zod';
import { count } from '../../core/activity.ts';
import { escapeHtml, factsHtml, htmlPage, momentHtml } from '../../core/html.ts';
import { lineChart } from '../../core/line-chart.ts';
import { INEXACT_BY_CONTENT } from '../../manifest/manifest.ts';
import type { RecoveryReport } from '../end/report.ts';
import { verdictText } from '../end/verdict.ts';
import { PROCEDURE_TEXTS } from '../plan/procedures.ts';
import type { ProgressDocument } from './progress-document.ts';
import { toneOf } from './progress-page.ts';
import {
  checksTable,
  type LedgerCounts,
  ledgerHtml,
  ledgerSchema,
  type Standstill,
  timeLine,
  told,
  validationSchema,
} from './report-parts.ts';

/**
 * How a recovery or an undo ended, for a browser, a telephone and paper: verdict first, then
 * what it rests on. Pure.
 * @param behind what was left to replay, as it went; nothing where nobody looked
 */
export function reportPage(report: RecoveryReport, behind: ProgressDocument['behind'] = []): string {
  const verdict = verdictText(report);
  const name = `MSR recovery ${report.recoveryId}`;
  return htmlPage({
    title: `${verdict}: ${name}`,
    body: [
      `<h1 class="${toneOf(report.verdict)}">${escapeHtml(capital(verdict))}</h1>`,
      `<p>${escapeHtml(name)}, ended ${momentHtml(report.endedAt)}: ${escapeHtml(PROCEDURE_TEXTS[report.procedure])}</p>`,
      failure(report),
      mainFacts(report),
      timeLine(report.steps, standstill(report)),
      lag(report, behind),
      ledgerHtml(lastLedger(report)),
      checks(report),
      told('To know, and to do', report.remarks),
      told('Not proven here', report.notRun),
    ].join('\n'),
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function failure({ failure: failed, resumable }: RecoveryReport): string {
  if (failed === undefined) return '';
  const next = resumable ? '<p>A later run goes on where it stopped.</p>' : '';
  return `<pre>${escapeHtml(failed.message)}</pre>${next}`;
}

const stillness = z.object({
  cutoverPauseSeconds: z.number().optional(),
  pauseSeconds: z.number().optional(),
  stoppedAt: z.iso.datetime().optional(),
  oldDatabase: z.string().optional(),
  keptAs: z.string().optional(),
});

/** How long the sink stood still, and where the other database is. */
function moved({ results }: RecoveryReport): z.infer<typeof stillness> {
  return stillness.safeParse(results['cut-over'] ?? results['undo'] ?? {}).data ?? {};
}

function mainFacts(report: RecoveryReport): string {
  const {
    cutoverPauseSeconds,
    pauseSeconds = cutoverPauseSeconds,
    oldDatabase,
    keptAs = oldDatabase,
  } = moved(report);
  return factsHtml([
    ...(report.backupId === undefined ? [] : [['from backup', report.backupId] as const]),
    ...(report.planHash === undefined ? [] : [['approved plan', report.planHash] as const]),
    ...(report.inDump === undefined
      ? []
      : [['the cut', `${INEXACT_BY_CONTENT}: ${count(report.inDump)} records in the dump already`] as const]),
    ...(report.setAside === undefined
      ? []
      : [['set aside', setAsideText(report.setAside, report.retried ?? 0)] as const]),
    ...(pauseSeconds === undefined
      ? []
      : [['the sink stood still', `${pauseSeconds.toFixed(1)} s`] as const]),
    ...(keptAs === undefined ? [] : [['kept for the undo', `${keptAs}, until \`msr cleanup\``] as const]),
  ]);
}

function setAsideText(setAside: number, retried: number): string {
  const since = retried === 0 ? '' : `; ${count(retried)} of them are in the live database since`;
  return `${count(setAside)} records, in quarantine${since}`;
}

function standstill(report: RecoveryReport): Standstill | undefined {
  const { stoppedAt, cutoverPauseSeconds, pauseSeconds = cutoverPauseSeconds } = moved(report);
  if (stoppedAt === undefined || pauseSeconds === undefined) return undefined;
  return { from: stoppedAt, seconds: pauseSeconds };
}

function lag({ steps }: RecoveryReport, behind: NonNullable<ProgressDocument['behind']>): string {
  if (behind.length < 2 || steps.length === 0) return '';
  const points = behind.map(({ at, left }) => ({ at: Date.parse(at), value: left }));
  const [from = 0, to = 0] = [points[0]?.at, points.at(-1)?.at];
  const chart = lineChart(points, {
    ...{ from, to, title: 'Offsets left to replay' },
    tell: (value) => count(Math.round(value)),
    ends: ['begin of the replay', 'at the last look'],
  });
  return `<h2>Lag</h2>${chart}`;
}

const ledgers = z.looseObject({ 'round 1': ledgerSchema.optional(), cutover: ledgerSchema.optional() });

/**
 * Its counts go on from the cut; its map is that of the round that compared all hours, where there is
 * one.
 */
function lastLedger({ ledger }: RecoveryReport): LedgerCounts | undefined {
  const { data } = ledgers.safeParse(ledger ?? {});
  const last = data?.cutover ?? data?.['round 1'];
  const map = data?.['round 1']?.map ?? last?.map ?? [];
  return last === undefined ? undefined : { ...last, map };
}

/** The database's before its cutover, and the MSR API's on it afterwards. */
function checks({ validation, api }: RecoveryReport): string {
  const { data } = validationSchema.safeParse(validation ?? {});
  return checksTable([...(data?.checks ?? []), ...(api?.checks ?? [])]);
}
