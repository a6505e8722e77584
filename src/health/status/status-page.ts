import prettyBytes from 'pretty-bytes';
import { count, duration } from '../../core/activity.ts';
import { escapeHtml, htmlPage, listHtml, momentHtml, sentenceHtml } from '../../core/html.ts';
import { lineChart } from '../../core/line-chart.ts';
import type { CheckResult } from '../check-result.ts';
import type { CheckName } from '../checks.ts';
import { rates } from './chart.ts';
import type { StatusDocument } from './status-document.ts';

/** Between two looks of a browser, in seconds. */
const REFRESH_SECONDS = 60;
const DAY_MS = 86_400_000;

/**
 * The status for a browser: one file that needs nothing else, loads nothing and holds no secret; on a
 * telephone, in print, by day and by night. What others have said is escaped. Pure.
 */
export function statusPage(status: StatusDocument): string {
  const { outlook, at, instance, quiet } = status;
  const name = instance === null ? 'MSR' : `MSR ${instance}`;
  const [answer, why] = answerOf(outlook.text);
  const held =
    quiet === null
      ? ''
      : `<p class="warning">Some pages are held back until ${momentHtml(quiet.until)} at the longest: ${escapeHtml(quiet.why)}</p>`;
  return htmlPage({
    title: `${name}: ${outlook.text}`,
    refreshSeconds: REFRESH_SECONDS,
    body: `<h1 class="${TONE[outlook.answer]}">${escapeHtml(answer)}</h1>
${why === '' ? '' : `<p class="${TONE[outlook.answer]}">${sentenceHtml(why)}</p>`}
<p>${escapeHtml(name)}, as of ${momentHtml(at)}: ${escapeHtml(status.verdict)}</p>${held}
${[doneList(status), checks(status), backups(status), charts(status), drills(status)].join('\n')}`,
  });
}

/** The first line that people read, and what it is said with: a telephone has room for a few words. */
function answerOf(text: string): readonly [answer: string, why: string] {
  const [, answer = text, why = ''] = /^([^?]*\?.*?)[:;] (.*)$/s.exec(text) ?? [];
  return [answer, why];
}

const TONE: Readonly<Record<StatusDocument['outlook']['answer'], string>> = {
  yes: 'ok',
  no: 'failed',
  'not known': 'unknown',
};

function doneList({ done }: StatusDocument): string {
  return done.length === 0 ? '' : `<h2>Done by this run</h2>${listHtml(done)}`;
}

/** What needs somebody first; what is well below it. */
const ORDER: readonly CheckResult['status'][] = ['failed', 'unknown', 'warning', 'ok', 'not checked'];

function checks({ results, at }: StatusDocument): string {
  const sorted = [...results].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return `<h2>Checks</h2><table class="checks"><tbody>${sorted.map((each) => checkRow(each, at)).join('')}</tbody></table>`;
}

function checkRow({ status, severity, check, ...result }: CheckResult, at: string): string {
  const told = severity === 'none' ? status : `${status} (${severity})`;
  const isWell = status === 'ok' || status === 'not checked';
  const found = result.evidence.map(sentenceHtml).join('<br>');
  const help = result.hint === null ? '' : `<div>→ ${sentenceHtml(result.hint)}</div>`;
  const lines = result.commands.length === 0 ? '' : `<pre>${escapeHtml(result.commands.join('\n'))}</pre>`;
  const more = isWell ? '' : `${sinceHtml(result, at)}${help}${lines}`;
  return `<tr class="${isWell ? 'flow' : 'head'}"><td class="${status.replace(' ', '-')}">${escapeHtml(told)}</td><td>${escapeHtml(check)}</td><td>${found}${more}</td></tr>`;
}

function sinceHtml({ since, silencedBy }: Pick<CheckResult, 'since' | 'silencedBy'>, at: string): string {
  const lasts = duration(Math.max(0, Date.parse(at) - Date.parse(since)));
  const cause = silencedBy === null ? '' : `; ${escapeHtml(silencedBy)} explains it`;
  return `<div class="hint">since ${momentHtml(since)}, for ${lasts}${cause}</div>`;
}

/** Whether nobody could look at what a check is about: no list is then an empty one. */
function isUnknown({ results }: StatusDocument, check: CheckName): boolean {
  const found = results.find((result) => result.check === check);
  return found === undefined || found.status === 'unknown';
}

function nothing(title: string, isUnseen: boolean, tone: string): string {
  const text = isUnseen ? '<p class="unknown">not known</p>' : `<p class="${tone}">none</p>`;
  return `<h2>${title}</h2>${text}`;
}

function backups(status: StatusDocument): string {
  const { backups: list, at } = status;
  if (list.length === 0) return nothing('Backups', isUnknown(status, 'backup-fresh'), 'failed');
  const rows = list.slice(0, 14).map(({ id, takenAt, state, replayable, bytes }) => {
    const tone = state === 'complete' ? 'ok' : 'failed';
    return `<tr class="flow"><td class="${tone}">${escapeHtml(state)}</td><td class="whole">${escapeHtml(id)}</td><td class="wide">${momentHtml(takenAt)}</td><td>${REPLAY[String(replayable)]}</td><td class="n whole">${prettyBytes(bytes)}</td></tr>`;
  });
  const more = list.length > rows.length ? `<p class="soft">and ${list.length - rows.length} more</p>` : '';
  return `<h2>Backups</h2>${timeLine(list, Date.parse(at))}<table><tbody>${rows.join('')}</tbody></table>${more}`;
}

const REPLAY: Readonly<Record<string, string>> = {
  true: 'all events since are in Kafka',
  false: '<span class="warning">Kafka no longer holds all events since</span>',
  null: '<span class="soft">what Kafka holds since is not known</span>',
};

/** Each backup a dot; filled where everything since could be replayed. */
function timeLine(list: StatusDocument['backups'], now: number): string {
  const times = list.map(({ takenAt }) => Date.parse(takenAt)).filter(Number.isFinite);
  const from = Math.min(now - DAY_MS, ...times);
  const dots = list.map(({ takenAt, state, replayable }) => {
    const x = (10 + ((Date.parse(takenAt) - from) / Math.max(1, now - from)) * 580).toFixed(1);
    const tone = state !== 'complete' ? 'failed' : replayable === true ? 'ok' : 'warning';
    const fill = state === 'complete' && replayable === true ? 'currentColor' : 'none';
    return `<circle class="${tone}" cx="${x}" cy="18" r="5" style="fill:${fill};stroke:currentColor"/>`;
  });
  const days = ((now - from) / DAY_MS).toFixed(0);
  return `<svg viewBox="0 0 600 36" style="height:auto" role="img" aria-label="backups of the last ${days} days"><line class="axis" x1="10" y1="18" x2="590" y2="18"/>${dots.join('')}</svg><div class="ends"><span>${days} days ago</span><span>now</span></div>`;
}

function charts({ day, at }: StatusDocument): string {
  const to = Date.parse(at);
  const span = { from: to - DAY_MS, to };
  const of = (value: (point: StatusDocument['day'][number]) => number | null) =>
    day.map((point) => ({ at: Date.parse(point.at), value: value(point) }));
  const seconds = (value: number) => duration(value * 1000);
  return `<h2>The last day</h2><div class="charts">${[
    lineChart(
      of(({ lagMessages }) => lagMessages),
      { ...span, title: 'Messages that wait for the sink', tell: (value) => count(Math.round(value)) },
    ),
    lineChart(
      of(({ lagSeconds }) => lagSeconds),
      { ...span, title: 'How long the first of them waits', tell: seconds },
    ),
    lineChart(rates(of(({ logEnd }) => logEnd)), {
      ...span,
      title: 'Events into Kafka, a second',
      tell: (value) => value.toFixed(1),
    }),
    lineChart(
      of(({ eventAgeSeconds }) => eventAgeSeconds),
      { ...span, title: 'Newest event in the database, age', tell: seconds },
    ),
  ].join('')}</div>`;
}

function drills(status: StatusDocument): string {
  const { drills: list } = status;
  if (list.length === 0) return nothing('Recoveries and drills', isUnknown(status, 'drill-fresh'), 'warning');
  const rows = list.map(
    ({ kind, id, endedAt, verdict, seconds }) =>
      `<tr class="flow"><td>${escapeHtml(verdict)}</td><td>${escapeHtml(kind)} ${escapeHtml(id)}</td><td>${momentHtml(endedAt)}</td><td>${seconds > 0 ? duration(seconds * 1000) : ''}</td></tr>`,
  );
  return `<h2>Recoveries and drills</h2><table><tbody>${rows.join('')}</tbody></table>`;
}
