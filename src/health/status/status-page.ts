import prettyBytes from 'pretty-bytes';
import { count, duration } from '../../core/activity.ts';
import { escapeHtml, htmlPage, momentHtml } from '../../core/html.ts';
import { lineChart } from '../../core/line-chart.ts';
import type { CheckResult } from '../check-result.ts';
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
  const { outlook, at, instance } = status;
  const name = instance === null ? 'MSR' : `MSR ${instance}`;
  return htmlPage({
    title: `${name}: ${outlook.text}`,
    refreshSeconds: REFRESH_SECONDS,
    body: `<h1 class="${TONE[outlook.answer]}">${escapeHtml(outlook.text)}</h1>
<p>${escapeHtml(name)}, as of ${momentHtml(at)}: ${escapeHtml(status.verdict)}</p>
${[doneList(status), checks(status), backups(status), charts(status), drills(status)].join('\n')}`,
  });
}

const TONE: Readonly<Record<StatusDocument['outlook']['answer'], string>> = {
  yes: 'ok',
  no: 'failed',
  'not known': 'unknown',
};

function doneList({ done }: StatusDocument): string {
  if (done.length === 0) return '';
  return `<h2>Done by this run</h2><ul>${done.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

/** What needs somebody first; what is well below it. */
const ORDER: readonly CheckResult['status'][] = ['failed', 'unknown', 'warning', 'ok', 'not checked'];

function checks({ results }: StatusDocument): string {
  const sorted = [...results].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const rows = sorted.map((result) => {
    const { status, severity, check, evidence, hint, since, silencedBy, commands } = result;
    const told = severity === 'none' ? status : `${status} (${severity})`;
    const cause = silencedBy === null ? '' : `<div class="hint">explained by ${escapeHtml(silencedBy)}</div>`;
    const help = hint === null || status === 'ok' ? '' : `<div class="hint">${escapeHtml(hint)}</div>`;
    const lines = commands.length === 0 ? '' : `<pre>${escapeHtml(commands.join('\n'))}</pre>`;
    const when = status === 'ok' ? '' : `<div class="hint">since ${momentHtml(since)}</div>`;
    return `<tr><td class="${status.replace(' ', '-')}">${escapeHtml(told)}</td><td>${escapeHtml(check)}</td><td>${evidence.map(escapeHtml).join('<br>')}${cause}${when}${help}${lines}</td></tr>`;
  });
  return `<h2>Checks</h2><table class="checks"><tbody>${rows.join('')}</tbody></table>`;
}

function backups({ backups: list, at }: StatusDocument): string {
  if (list.length === 0) return '<h2>Backups</h2><p class="failed">none</p>';
  const rows = list.slice(0, 14).map((backup) => {
    const { id, takenAt, state, replayable, bytes } = backup;
    return `<tr><td class="${state === 'complete' ? 'ok' : 'failed'}">${escapeHtml(state)}</td><td>${escapeHtml(id)}</td><td>${momentHtml(takenAt)}</td><td>${REPLAY[String(replayable)]}</td><td>${prettyBytes(bytes)}</td></tr>`;
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
  return `<h2>The last day</h2>${[
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
      { ...span, title: 'Age of the newest event in the database', tell: seconds },
    ),
  ].join('')}`;
}

function drills({ drills: list }: StatusDocument): string {
  if (list.length === 0) return '<h2>Recoveries and drills</h2><p class="warning">none yet</p>';
  const rows = list.map(
    ({ kind, id, endedAt, verdict, seconds }) =>
      `<tr><td>${escapeHtml(verdict)}</td><td>${escapeHtml(kind)} ${escapeHtml(id)}</td><td>${momentHtml(endedAt)}</td><td>${seconds > 0 ? duration(seconds * 1000) : ''}</td></tr>`,
  );
  return `<h2>Recoveries and drills</h2><table><tbody>${rows.join('')}</tbody></table>`;
}
