import { describe, expect, it } from 'vitest';
import { HourScope } from '../../../src/ledger/hour-scope.ts';
import type { Chunk } from '../../../src/recovery/rehearsal/sample.ts';
import {
  chunksOf,
  namesOfChunk,
  scratchEntries,
} from '../../../src/recovery/repair/partial/scratch-entries.ts';

const at = (hour: number): number => Date.UTC(2026, 10, 20, hour);
const chunk = (name: string, from: number, until: number, change: Partial<Chunk> = {}): Chunk => ({
  ...{ hypertable: 'msr.cdc_event', schema: '_timescaledb_internal', name, compressed: null },
  ...{ from, until },
  ...change,
});
const CHUNKS = [
  chunk('_hyper_1_1_chunk', at(1), at(2)),
  chunk('_hyper_1_2_chunk', at(2), at(3), { compressed: '_timescaledb_internal.compress_hyper_2_9_chunk' }),
  chunk('_hyper_1_3_chunk', at(4), at(8)),
  chunk('_hyper_3_4_chunk', at(0), at(24), {
    hypertable: '_timescaledb_internal._materialized_hypertable_3',
  }),
];
const hours = (...starts: number[]) =>
  new HourScope(starts.map((hour) => ({ table: 'a', hour: `2026-11-20T0${hour}:00:00Z` })));

it.each([
  ['the hour', [2], ['_hyper_1_2_chunk']],
  ['several hours in one chunk', [5, 6], ['_hyper_1_3_chunk']],
  ['no chunk, of an hour after the cut', [9], []],
])('the chunks of %s', (_, starts, names) => {
  expect(chunksOf(CHUNKS, hours(...starts)).map(({ name }) => name)).toEqual(names);
});

describe('the entries of a dump that bring one hour', () => {
  const line = (n: number, text: string) => `${n}; 1259 ${n} ${text} owner`;
  const rest = [
    line(1, 'TABLE msr cdc_event'),
    line(2, 'TABLE DATA _timescaledb_internal _hyper_1_1_chunk'),
    line(3, 'TABLE DATA _timescaledb_internal _hyper_1_2_chunk'),
    line(4, 'TABLE DATA _timescaledb_internal compress_hyper_2_9_chunk'),
    line(5, 'TABLE DATA msr configuration'),
    line(6, 'TABLE DATA msr earliest_snapshot_a'),
    line(7, 'INDEX msr cdc_event_time_idx'),
    line(8, 'INDEX _timescaledb_internal _hyper_1_1_chunk_cdc_event_time_idx'),
    line(9, 'INDEX _timescaledb_internal _hyper_1_2_chunk_cdc_event_time_idx'),
    line(10, 'TRIGGER msr cdc_event stamp'),
    line(11, 'TRIGGER msr session audit'),
    line(12, 'FK CONSTRAINT msr note note_session_fkey'),
    line(13, 'CONSTRAINT msr session session_pkey'),
    line(14, 'EVENT TRIGGER - guard'),
  ];
  const all = new Set([...CHUNKS.flatMap(namesOfChunk)]);
  const wanted = new Set(chunksOf(CHUNKS, hours(2)).flatMap(namesOfChunk));
  const relations = [{ name: 'earliest_snapshot_a', kind: 'table' as const, rows: 90_000 }];
  const { data, postData } = scratchEntries(rest, { all, wanted, relations });
  const numbers = (lines: readonly string[]) => lines.map((text) => Number.parseInt(text, 10));

  it('are the rows of its chunk and of small tables', () => {
    expect(numbers(data).filter((n) => n >= 2 && n <= 6)).toEqual([3, 4, 5]);
  });

  it('are of what follows the rows what belongs to the events', () => {
    expect(numbers(postData).filter((n) => n >= 7)).toEqual([7, 9, 10, 13]);
  });
});
