import { count } from '../../core/activity.ts';
import { escapeHtml } from '../../core/html.ts';
import type { HourMark } from '../../ledger/ledger.ts';

const CELL = 20;
const LABEL = 80;

/**
 * The hours that were compared, a row a day and a column an hour: filled by how much of it the replay
 * brought, with a cross where database and log differ. Pure.
 */
export function hourMap(marks: readonly HourMark[]): string {
  if (marks.length === 0) return '';
  const days = [...new Set(marks.map(({ hour }) => hour.slice(0, 10)))].sort();
  const cells = marks.map((mark) => cell(mark, days.indexOf(mark.hour.slice(0, 10))));
  const names = days.map(
    (day, row) =>
      `<text x="0" y="${row * CELL + 15}" font-size="12" fill="currentColor">${escapeHtml(day)}</text>`,
  );
  const differing = marks.filter(({ differs }) => differs).length;
  const equal = `${count(marks.length)} hours of events compared, ${differing === 0 ? 'all of them equal' : `${count(differing)} DIFFER`}`;
  return `<h2 class="${differing === 0 ? '' : 'failed'}">Digests by hour</h2><figure><figcaption>${equal}; the fuller a square, the more of the hour the replay brought; 00:00 to 23:00 UTC</figcaption><svg viewBox="0 0 ${LABEL + 24 * CELL} ${days.length * CELL}" style="height:auto" role="img" aria-label="${equal}">${names.join('')}${cells.join('')}</svg></figure>`;
}

function cell({ hour, rows, gained, differs }: HourMark, row: number): string {
  const column = Number(hour.slice(11, 13));
  const [x, y] = [LABEL + column * CELL, row * CELL];
  const share = rows === 0 ? 0 : Math.min(1, gained / rows);
  const said = `${hour}: ${count(rows)} rows, ${count(gained)} of them replayed${differs ? ', DIFFERS' : ''}`;
  const cross = differs
    ? `<path d="M${x + 2} ${y + 2}l14 14m0-14l-14 14" stroke="currentColor" stroke-width="2" class="failed"/>`
    : '';
  return `<g class="${differs ? 'failed' : 'ok'}"><title>${escapeHtml(said)}</title><rect x="${x}" y="${y}" width="18" height="18" fill="currentColor" fill-opacity="${(0.15 + share * 0.85).toFixed(2)}" stroke="currentColor" stroke-opacity=".4"/>${cross}</g>`;
}
