import { startOfHour } from '../../../ledger/hour-ranges.ts';
import type { HourScope } from '../../../ledger/hour-scope.ts';
import type { Manifest } from '../../../manifest/manifest.ts';
import { type Chunk, sampleToc } from '../../rehearsal/sample.ts';

const HOUR_MS = 3_600_000;

/** The chunks of the events that hold some of these hours. Pure. */
export function chunksOf(chunks: readonly Chunk[], { hours }: Pick<HourScope, 'hours'>): Chunk[] {
  const starts = [...new Set(hours.map(({ hour }) => startOfHour(hour)))];
  return chunks.filter(
    ({ hypertable, from, until }) =>
      hypertable === 'msr.cdc_event' && starts.some((start) => start < until && start + HOUR_MS > from),
  );
}

/** The tables that a dump has for a chunk. Pure. */
export function namesOfChunk({ schema, name, compressed }: Chunk): string[] {
  return [`${schema}.${name}`, ...(compressed === null ? [] : [compressed])];
}

/** A trigger of the events may look into a small table; nobody asks for the rows of a large one. */
const MOST_ROWS = 10_000;

/** What makes a replayed row what the sink would have made it: triggers, and what refuses a row. */
const OF_EVENTS = /^\d+; \d+ \d+ (?:INDEX|CONSTRAINT) msr |^\d+; \d+ \d+ TRIGGER msr cdc_event /;

/**
 * The entries of a dump that bring some chunks: their rows, those of small tables, and of what
 * follows the rows what belongs to the events. Pure.
 * @param all every chunk, compressed ones' tables among them, as `schema.name`; `wanted`: of the hours
 */
export function scratchEntries(
  rest: readonly string[],
  {
    all,
    wanted,
    relations,
  }: {
    readonly all: ReadonlySet<string>;
    readonly wanted: ReadonlySet<string>;
    readonly relations: Manifest['relations'];
  },
): { readonly data: string[]; readonly postData: string[] } {
  const large = relations.filter(({ kind, rows }) => kind === 'table' && rows > MOST_ROWS);
  const names = large.map(({ name }) => `msr.${name.replace(/^msr\./, '')}`);
  const data = sampleToc(rest, { all, sample: wanted, large: new Set(names) });
  const ofOthers = new Set(sampleToc(rest, { all, sample: new Set(), large: new Set() }));
  return { data, postData: data.filter((line) => OF_EVENTS.test(line) || !ofOthers.has(line)) };
}
