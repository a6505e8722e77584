import { z } from 'zod';
import { count, duration } from '../../core/activity.ts';
import { escapeHtml, listHtml } from '../../core/html.ts';
import { hourMap } from './hour-map.ts';

/**
 * The parts that the report of a recovery and that of a drill have in common. All are pure, and give
 * HTML.
 */

interface Step {
  readonly name: string;
  readonly startedAt: string;
  readonly seconds: number;
}

/** When the sink was stopped (ISO 8601), and for how many seconds. */
export interface Standstill {
  readonly from: string;
  readonly seconds: number;
}

/** Each step as a bar in the time of all; the sink's standstill within the last one. */
export function timeLine(steps: readonly Step[], standstill?: Standstill): string {
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
  const rows = steps.map(({ name, startedAt, seconds }) => {
    const bar = place(Date.parse(startedAt), seconds);
    return `<tr><td>${escapeHtml(name)}</td><td class="n">${duration(seconds * 1000)}</td><td><div class="bar">${bar}</div></td></tr>`;
  });
  const still =
    standstill === undefined
      ? ''
      : `<tr class="warning"><td>sink stood still</td><td class="n">${standstill.seconds.toFixed(1)}s</td><td><div class="bar">${place(Date.parse(standstill.from), standstill.seconds, ' class="still"')}</div></td></tr>`;
  return `<h2>Steps, ${duration(to - from)} in all</h2><table><tbody>${rows.join('')}${still}</tbody></table>`;
}

/** What the parts read of a ledger. */
export const ledgerSchema = z.object({
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
        held: z.int().default(0),
      },
    }),
  ),
  map: z
    .array(z.object({ hour: z.string(), rows: z.int(), gained: z.int(), differs: z.boolean() }))
    .default([]),
});
export type LedgerCounts = z.infer<typeof ledgerSchema>;

/** Its counts a partition, and what it compared an hour. */
export function ledgerHtml(ledger: LedgerCounts | undefined): string {
  return ledger === undefined ? '' : `${ledgerTable(ledger)}\n${hourMap(ledger.map)}`;
}

function ledgerTable(ledger: LedgerCounts): string {
  const isInexact = ledger.partitions.some(({ held }) => held > 0);
  const rows = ledger.partitions.map((counts) => {
    const { topic, partition, start, end, quarantined, held } = counts;
    const sum = counts.inserted + counts.tombstones + counts.filtered + quarantined + held;
    const holds = sum === counts.dataRecords;
    const cells = [
      ...[
        ['offsets', `${start} to ${end}`],
        ['records', count(counts.dataRecords)],
        ['inserted', count(counts.inserted)],
      ],
      ...(isInexact ? [['in the dump already', count(held)]] : []),
      ...[
        ['tombstones', count(counts.tombstones)],
        ['filtered', count(counts.filtered)],
        ['set aside', count(quarantined)],
      ],
    ];
    const tone = holds ? (quarantined > 0 ? 'warning' : 'ok') : 'failed';
    return `<tr><td class="${tone}">${escapeHtml(`${topic}-${partition}`)}</td>${cells.map(([of, value]) => `<td class="n" data-of="${of}">${value}</td>`).join('')}</tr>`;
  });
  const inDump = isInexact ? ['in the dump already'] : [];
  const became = ['inserted', ...inDump, 'tombstones', 'filtered', 'set aside'];
  const head = ['partition', 'offsets', 'records', ...became];
  const title = ledger.balanced ? 'Ledger: every record is accounted for' : 'Ledger: NOT BALANCED';
  return `<h2 class="${ledger.balanced ? '' : 'failed'}">${title}</h2><table><thead><tr>${head.map((name, i) => `<th class="${i === 0 ? '' : 'n'}">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** What the parts read of a validation. */
export const validationSchema = z.looseObject({
  checks: z.array(z.looseObject({ name: z.string(), outcome: z.string(), fact: z.string() })),
});

type Check = z.infer<typeof validationSchema>['checks'][number];

export function checksTable(all: ReadonlyArray<Pick<Check, 'name' | 'outcome' | 'fact'>>): string {
  if (all.length === 0) return '';
  const rows = all.map(({ name, outcome, fact }) => {
    const tone = outcome === 'passed' ? 'ok' : outcome === 'failed' ? 'failed' : 'unknown';
    return `<tr><td class="${tone}">${escapeHtml(outcome)}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(fact)}</td></tr>`;
  });
  return `<h2>Validation</h2><table><tbody>${rows.join('')}</tbody></table>`;
}

/** A list under its title; nothing where it is empty. */
export function told(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `<h2>${title}</h2>${listHtml(items)}`;
}
