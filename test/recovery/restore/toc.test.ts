import { describe, expect, it } from 'vitest';
import { splitToc } from '../../../src/recovery/restore/toc.ts';

const LIST = `;
; Archive created at 2026-11-23 04:15:00 UTC
;     dbname: msr
;
5012; 0 17012 TABLE DATA _timescaledb_catalog hypertable postgres
5013; 0 17020 TABLE DATA _timescaledb_config bgw_job postgres
5014; 0 17100 TABLE DATA _timescaledb_internal _hyper_1_1_chunk msr_owner
5015; 0 17108 TABLE DATA msr configuration msr_owner
5016; 0 0 SEQUENCE SET _timescaledb_catalog hypertable_id_seq postgres
217; 1259 17012 TABLE msr session msr_owner
5020; 1259 17300 INDEX msr cdc_event_time_idx msr_owner
5021; 2606 17310 FK CONSTRAINT _timescaledb_catalog chunk chunk_fkey postgres
5022; 2620 17400 TRIGGER msr cdc_event msr_recovery_fence msr_owner
`;

describe('splitToc', () => {
  it("leaves out what is ours, and takes TimescaleDB's catalog data, which must be restored alone, out of the rest", () => {
    const { catalog, rest, fills: _, ...entries } = splitToc(LIST);
    expect(catalog.trimEnd().split('\n')).toEqual([
      '5012; 0 17012 TABLE DATA _timescaledb_catalog hypertable postgres',
      '5013; 0 17020 TABLE DATA _timescaledb_config bgw_job postgres',
    ]);
    expect(rest.trimEnd().split('\n')).toEqual([
      '5014; 0 17100 TABLE DATA _timescaledb_internal _hyper_1_1_chunk msr_owner',
      '5015; 0 17108 TABLE DATA msr configuration msr_owner',
      '5016; 0 0 SEQUENCE SET _timescaledb_catalog hypertable_id_seq postgres',
      '217; 1259 17012 TABLE msr session msr_owner',
      '5020; 1259 17300 INDEX msr cdc_event_time_idx msr_owner',
      '5021; 2606 17310 FK CONSTRAINT _timescaledb_catalog chunk chunk_fkey postgres',
    ]);
    expect(entries).toEqual({ catalogEntries: 2, restEntries: 2, postEntries: 2 });
  });

  it('leaves out what is made before or after it: the schema of TimescaleDB, and the rows of materialized views', () => {
    const list = `7; 2615 1 SCHEMA - ts admin
8; 2615 2 SCHEMA - msr admin
9; 0 3 MATERIALIZED VIEW DATA msr per table the owner
`;
    const { rest, fills } = splitToc(list, 'ts');
    expect(rest).toBe('8; 2615 2 SCHEMA - msr admin\n');
    expect(fills({ schema: 'msr', name: 'per table', owner: 'the owner' })).toBe(true);
    expect(fills({ schema: 'msr', name: 'per', owner: 'the owner' })).toBe(false);
  });
});
