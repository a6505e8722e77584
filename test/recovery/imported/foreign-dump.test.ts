import { describe, expect, it } from 'vitest';
import { emptyRemarks, startsLate } from '../../../src/recovery/imported/dump-bounds.ts';
import { parseTakenAt, readOrigin } from '../../../src/recovery/imported/foreign-dump.ts';

/** As pg_restore 17 --list prints it. */
const list = `;
; Archive created at 2026-11-28 03:00:01 UTC
;     dbname: msr
;     TOC Entries: 301
;     Compression: gzip
;     Dump Version: 1.16-0
;     Format: CUSTOM
;     Integer: 4 bytes
;     Offset: 8 bytes
;     Dumped from database version: 17.5 (Debian 17.5-1.pgdg120+1)
;     Dumped by pg_dump version: 17.6 (Debian 17.6-1.pgdg120+1)
;
;
; Selected TOC Entries:
;
2; 3079 17215 EXTENSION - timescaledb 
320; 1259 18001 TABLE msr cdc_event msr_owner
321; 1259 18002 TABLE msr session msr_owner
322; 1259 18003 TABLE msr configuration msr_owner
323; 1259 18004 TABLE msr snapshot_pointer msr_owner
4711; 0 18003 TABLE DATA msr configuration msr_owner
`;
const without = (text: string) =>
  list
    .split('\n')
    .filter((line) => !line.includes(text))
    .join('\n');

describe('the dump of somebody else', () => {
  it('is told by the list of its entries', () => {
    expect(readOrigin('f', list)).toEqual({
      ...{ database: 'msr', pgDump: '17.6', writtenAt: '2026-11-28 03:00:01 UTC' },
    });
  });

  it.each([
    ['of another database', without(' TABLE msr '), 'f is the dump of msr, and holds no MSR'],
    ['of one table', without('TABLE msr session'), 'f lacks msr.session: it is the dump of a part of msr'],
    ['of the schema alone', without('TABLE DATA'), 'f holds no rows'],
    ['without TimescaleDB', without('EXTENSION'), 'f lacks TimescaleDB'],
  ])('is refused where it is %s', (_, text, fact) => {
    expect(() => readOrigin('f', text)).toThrow(fact);
  });
});

describe('the moment of a dump', () => {
  const now = new Date('2026-11-28T04:00:00Z');

  it.each([
    ['2026-11-28T03:00:00Z', '2026-11-28T03:00:00.000Z'],
    ['2026-11-28T04:00+01:00', '2026-11-28T03:00:00.000Z'],
  ])('%s is read with its zone', (text, at) => {
    expect(parseTakenAt(text, now).toISOString()).toBe(at);
  });

  it.each([
    ['2026-11-28T04:00:01Z', 'still to come'],
    ['2026-11-28T05:00:00', 'no moment'],
    ['yesterday', 'no moment'],
    ['2026-02-31T25:00:00Z', 'no moment'],
  ])('%s is refused', (text, fact) => {
    expect(() => parseTakenAt(text, now)).toThrow(fact);
  });
});

describe('the log of a dump', () => {
  const at = (offset: number) => [{ topic: 't', partition: 0, offset }];

  it.each([
    ['it begins at 0, whenever that was', 0, 0, 50, undefined],
    ['an older record is there', 51, 50, 90, undefined],
    ['it begins at the moment, behind others that are gone', 50, 50, 90, 't-0'],
    ['it is empty by now', 90, 90, 90, undefined],
  ])('where %s', (_, from, start, end, late) => {
    expect(startsLate({ from: at(from), logStart: at(start), logEnd: at(end) })).toBe(late);
  });

  it('says where nobody can tell what an empty one has held', () => {
    const log = { from: at(90), logStart: at(90), logEnd: at(90) };
    expect(emptyRemarks(log).join()).toContain('could not verify');
    expect(emptyRemarks({ from: at(0), logStart: at(0), logEnd: at(0) })).toEqual([]);
    expect(emptyRemarks({ ...log, logEnd: at(91) })).toEqual([]);
  });
});
