import { describe, expect, it } from 'vitest';
import { type Chunk, sampleChunks, sampleToc } from '../../../src/recovery/rehearsal/sample.ts';

const HOUR = 3_600_000;
const chunk = (number: number, compressed = false): Chunk => ({
  hypertable: 'msr.cdc_event',
  schema: '_timescaledb_internal',
  name: `_hyper_1_${number}_chunk`,
  from: number * HOUR,
  until: (number + 1) * HOUR,
  compressed: compressed ? `_timescaledb_internal.compress_hyper_2_${number + 100}_chunk` : null,
});
const events = (number: number, count: number) => ({
  ...{ table: 't', hour: new Date(number * HOUR).toISOString(), count, sum: '1' },
});

describe('the sample of a rehearsal', () => {
  it('has the oldest, the newest and the largest chunk, of compressed ones and others apart', () => {
    const chunks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => chunk(number, number < 5));
    const digests = [events(1, 5), events(2, 50), events(3, 7), events(6, 1), events(7, 3), events(8, 2)];
    expect(sampleChunks(chunks, digests).map(({ name }) => name)).toEqual(
      [1, 3, 2, 6, 8, 7].map((number) => `_hyper_1_${number}_chunk`),
    );
  });

  it('takes each once, and any where the manifest tells of no events', () => {
    expect(sampleChunks([chunk(4)], [])).toEqual([chunk(4)]);
    expect(sampleChunks([], [events(1, 1)])).toEqual([]);
  });

  it('leaves rows, indexes and constraints of the other chunks out, and keeps all else', () => {
    const lines = [
      '10; 0 1 TABLE DATA _timescaledb_internal _hyper_1_1_chunk owner',
      '11; 0 1 TABLE DATA _timescaledb_internal _hyper_1_11_chunk owner',
      '12; 0 1 TABLE DATA msr session owner',
      '13; 0 1 TABLE DATA msr huge owner',
      '14; 1259 1 INDEX _timescaledb_internal _hyper_1_1_chunk_cdc_event_time_idx owner',
      '15; 1259 1 INDEX _timescaledb_internal _hyper_1_11_chunk_cdc_event_time_idx owner',
      '16; 2606 1 CONSTRAINT _timescaledb_internal _hyper_1_11_chunk 11_key owner',
      '17; 2620 1 TRIGGER msr cdc_event ts_insert owner',
      '18; 0 0 BLOBS - BLOBS ',
      '19; 6100 1 SUBSCRIPTION - theirs owner',
      '20; 1259 1 TABLE _timescaledb_internal _hyper_1_11_chunk owner',
    ];
    const kept = sampleToc(lines, {
      all: new Set(['_timescaledb_internal._hyper_1_1_chunk', '_timescaledb_internal._hyper_1_11_chunk']),
      sample: new Set(['_timescaledb_internal._hyper_1_1_chunk']),
      large: new Set(['msr.huge']),
    });
    expect(kept.map((line) => line.slice(0, 2))).toEqual(['10', '12', '14', '17', '20']);
  });
});
