import { z } from 'zod';
import { count, duration } from '../../core/activity.ts';
import { escapeHtml, factsHtml, htmlPage, listHtml, momentHtml } from '../../core/html.ts';
import { lineChart } from '../../core/line-chart.ts';
import type { RecoveryReport } from '../end/report.ts';
import { verdictText } from '../end/verdict.ts';
import { PROCEDURE_TEXTS } from '../plan/procedures.ts';
import { hourMap } from './hour-map.ts';
import type { ProgressDocument } from './progress-document.ts';
import { toneOf } from './progress-page.ts';

/**
 * How a recovery, an undo or a drill ended, for a browser, a telephone and paper: verdict first, then
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
      timeLine(report),
      lag(report, behind),
      ledgerTable(report),
      hourMap(lastLedger(report)?.map ?? []),
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

/** Each step as a bar in the time of all; the sink's standstill within the last one. */
function timeLine(report: RecoveryReport): string {
  const { steps } = report;
  if (steps.length === 0) return '';
  const from = Math.min(...steps.map(({ startedAt }) => Date.parse(startedAt)));
  const to = Math.max(
    from + 1,
    ...steps.map(({ startedAt, seconds }) => Date.parse(startedAt) + seconds * 1000),
  );
  const place = (at: number, seconds: number, kind = '') => {
    const left = (((at - from) / (to - from)) * 100).toFixed(2);
    const width = (((seconds * 1000) / (to - from)) * 100).toFixed(2);
    return `<i${kind} style="left:${left}%;width:min(${width}%,calc(100% - ${left}%))"></i>`;
  };
  const { stoppedAt, cutoverPauseSeconds, pauseSeconds = cutoverPauseSeconds } = moved(report);
  const rows = steps.map(({ name, startedAt, seconds }) => {
    const bar = place(Date.parse(startedAt), seconds);
    return `<tr><td>${escapeHtml(name)}</td><td class="n">${duration(seconds * 1000)}</td><td><div class="bar">${bar}</div></td></tr>`;
  });
  const still =
    stoppedAt === undefined || pauseSeconds === undefined
      ? ''
      : `<tr class="warning"><td>sink stood still</td><td class="n">${pauseSeconds.toFixed(1)}s</td><td><div class="bar">${place(Date.parse(stoppedAt), pauseSeconds, ' class="still"')}</div></td></tr>`;
  return `<h2>Steps, ${duration(to - from)} in all</h2><table><tbody>${rows.join('')}${still}</tbody></table>`;
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

const ledgerSchema = z.object({
  balanced: z.boolean(),
  partitions: z.array(
    z.object({
      ...{ topic: z.string(), partition: z.int(), start: z.int(), end: z.int() },
      ...{
        dataRecords: z.int(),
        inserted: z.int(),
        tombstones: z.int(),
        filtered: z.int(),
        quarantined: z.int(),
      },
    }),
  ),
  map: z
    .array(z.object({ hour: z.string(), rows: z.int(), gained: z.int(), differs: z.boolean() }))
    .default([]),
});
const ledgers = z.looseObject({ 'round 1': ledgerSchema.optional(), cutover: ledgerSchema.optional() });

/**
 * Its counts go on from the cut; its map is that of the round that compared all hours, where there is
 * one.
 */
function lastLedger({ ledger }: RecoveryReport): z.infer<typeof ledgerSchema> | undefined {
  const { data } = ledgers.safeParse(ledger ?? {});
  const last = data?.cutover ?? data?.['round 1'];
  const map = data?.['round 1']?.map ?? last?.map ?? [];
  return last === undefined ? undefined : { ...last, map };
}

function ledgerTable(report: RecoveryReport): string {
  const ledger = lastLedger(report);
  if (ledger === undefined) return '';
  const rows = ledger.partitions.map((counts) => {
    const { topic, partition, start, end, quarantined } = counts;
    const sum = counts.inserted + counts.tombstones + counts.filtered + quarantined;
    const holds = sum === counts.dataRecords;
    const cells = [
      ...[
        ['offsets', `${start} to ${end}`],
        ['records', count(counts.dataRecords)],
        ['inserted', count(counts.inserted)],
      ],
      ...[
        ['tombstones', count(counts.tombstones)],
        ['filtered', count(counts.filtered)],
        ['set aside', count(quarantined)],
      ],
    ];
    const tone = holds ? (quarantined > 0 ? 'warning' : 'ok') : 'failed';
    return `<tr><td class="${tone}">${escapeHtml(`${topic}-${partition}`)}</td>${cells.map(([of, value]) => `<td class="n" data-of="${of}">${value}</td>`).join('')}</tr>`;
  });
  const head = ['partition', 'offsets', 'records', 'inserted', 'tombstones', 'filtered', 'set aside'];
  const title = ledger.balanced ? 'Ledger: every record is accounted for' : 'Ledger: NOT BALANCED';
  return `<h2 class="${ledger.balanced ? '' : 'failed'}">${title}</h2><table><thead><tr>${head.map((name, i) => `<th class="${i === 0 ? '' : 'n'}">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const validationSchema = z.looseObject({
  checks: z.array(z.looseObject({ name: z.string(), outcome: z.string(), fact: z.string() })),
});

/** The database's before its cutover, and the MSR API's on it afterwards. */
function checks({ validation, api }: RecoveryReport): string {
  const { data } = validationSchema.safeParse(validation ?? {});
  const all = [...(data?.checks ?? []), ...(api?.checks ?? [])];
  if (all.length === 0) return '';
  const rows = all.map(({ name, outcome, fact }) => {
    const tone = outcome === 'passed' ? 'ok' : outcome === 'failed' ? 'failed' : 'unknown';
    return `<tr><td class="${tone}">${escapeHtml(outcome)}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(fact)}</td></tr>`;
  });
  return `<h2>Validation</h2><table><tbody>${rows.join('')}</tbody></table>`;
}

function told(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `<h2>${title}</h2>${listHtml(items)}`;
}
