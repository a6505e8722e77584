import { describe, expect, it } from 'vitest';
import { shownBytes } from '../../../src/cli/shown-bytes.ts';
import { afterRetries } from '../../../src/recovery/end/after-retries.ts';
import type { RecoveryReport } from '../../../src/recovery/end/report.ts';
import { type RecoveryVerdict, verdictText } from '../../../src/recovery/end/verdict.ts';
import { classify } from '../../../src/recovery/quarantine/classify.ts';
import { parseRecordName, recordName } from '../../../src/recovery/quarantine/record-name.ts';
import {
  type Retried,
  type Retries,
  retriedOf,
  withRetried,
} from '../../../src/recovery/quarantine/retries.ts';
import {
  parseSetAsideLine,
  type SetAsideRecord,
  setAsideLine,
} from '../../../src/recovery/quarantine/set-aside-record.ts';
import { decoder, value } from '../../sink/records.ts';

const record: SetAsideRecord = {
  ...{ topic: 'gis.track', partition: 0, offset: 17, kind: 'refused', reason: 'no "reason"\u2028\n' },
  ...{ timestamp: 1_763_870_000_123n, key: Buffer.from([0, 255]), value: Buffer.from(value()) },
  headers: [
    { key: 'trace', value: null },
    { key: '\ud800\0', value: Buffer.from('x') },
  ],
};

describe('a line of a file', () => {
  it('is what was set aside, byte by byte', () => {
    const line = setAsideLine(record);
    expect(line.match(/\n/g)).toHaveLength(1);
    expect(parseSetAsideLine(line)).toEqual(record);
  });

  it('may be one of an earlier msr', () => {
    const line = JSON.stringify({ topic: 't', partition: 0, offset: 1, reason: 'r', value: null });
    expect(parseSetAsideLine(line)).toEqual({
      ...{ topic: 't', partition: 0, offset: 1, reason: 'r', value: null, key: null, kind: 'undecodable' },
      ...{ headers: undefined, timestamp: undefined },
    });
  });
});

it('a record is named by where it lies, whatever its topic is called', () => {
  const address = { topic: 'a-1@2.b', partition: 3, offset: 4 };
  expect(parseRecordName(recordName(address))).toEqual(address);
  expect(() => parseRecordName('a-1')).toThrow('"a-1" is no record');
});

describe('what was retried', () => {
  const at = new Date('2026-11-27T05:00:00.000Z');
  const none: Retries = { records: 0, stretches: [] };
  const one = (offset: number, after?: number, more: Partial<Retried> = {}): Retried => ({
    ...{ topic: 't', partition: 0, offset, outcome: 'written' as const, after },
    ...more,
  });

  it('is kept by stretches of the quarantine, and found again', () => {
    const kept = withRetried(none, [one(3), one(9, 3), one(12, 9, { outcome: 'there' }), one(15, 12)], at);
    expect(kept.records).toBe(4);
    expect(
      kept.stretches.map(({ first, last, records, outcome }) => [first, last, records, outcome]),
    ).toEqual([
      [3, 9, 2, 'written'],
      [12, 12, 1, 'there'],
      [15, 15, 1, 'written'],
    ]);
    expect(retriedOf(kept, { topic: 't', partition: 0, offset: 9 })?.outcome).toBe('written');
    expect(retriedOf(kept, { topic: 't', partition: 0, offset: 13 })).toBeUndefined();
    expect(retriedOf(kept, { topic: 't', partition: 1, offset: 9 })).toBeUndefined();
  });

  it('joins nothing over a record that was not retried', () => {
    // 6 stays in quarantine: it comes between 3 and 9.
    expect(withRetried(none, [one(3), one(9, 6)], at).stretches).toHaveLength(2);
  });

  it('does not hide a payload that was repaired', () => {
    const kept = withRetried(none, [one(3, undefined, { repaired: 'abc' }), one(9, 3)], at);
    expect(kept.stretches).toMatchObject([{ first: 3, repaired: 'abc' }, { first: 9 }]);
  });
});

describe('classify', () => {
  const by = {
    retries: { records: 0, stretches: [] },
    decode: decoder(),
    byHeaders: false,
    readSince: () => undefined,
  };
  const plain = { ...record, value: Buffer.from(value()) };

  it('makes a row of what can be read by now, or once it is repaired', () => {
    expect(classify(plain, by)).toMatchObject({ state: 'writable', event: { entityId: 'e1' } });
    const broken = { ...plain, value: Buffer.from(value({ entity_id: 'a\0b' })) };
    expect(classify(broken, by)).toMatchObject({ state: 'unwritable' });
    expect(classify(broken, { ...by, payload: plain.value })).toMatchObject({ state: 'writable' });
  });

  it.each([
    [
      'read by a later recovery',
      plain,
      { readSince: () => 'R2' },
      /^the recovery R2, which made the live database, /,
    ],
    [
      'without headers that decide',
      { ...plain, headers: undefined },
      { byHeaders: true },
      /headers, which were not kept$/,
    ],
    ['a tombstone', { ...plain, value: null }, {}, /^it has no value/],
  ])('leaves one that is %s', (_, given, change, why) => {
    expect(classify(given, { ...by, ...change })).toMatchObject({
      state: 'unwritable',
      why: expect.stringMatching(why),
    });
  });

  it('knows what was retried before anything else', () => {
    const stretch = { topic: 'gis.track', partition: 0, first: 17, last: 17, records: 1 };
    const retries: Retries = {
      records: 1,
      stretches: [{ ...stretch, outcome: 'written', at: '2026-11-27T05:00:00.000Z' }],
    };
    expect(classify(plain, { ...by, retries, readSince: () => 'R2' }).state).toBe('retried');
  });
});

describe('a report after a retry', () => {
  const report = (verdict: RecoveryVerdict, more: Partial<RecoveryReport> = {}): RecoveryReport => ({
    ...{ recoveryId: 'R', procedure: 'standard', outcome: 'recovered', verdict, setAside: 3 },
    ...{
      endedAt: '2026-11-27T05:00:00.000Z',
      steps: [],
      resumable: false,
      results: {},
      notRun: [],
      remarks: [],
    },
    api: { verdict: 'recovered', checks: [], wrote: 'nothing' },
    ...more,
  });
  const lost = { events: 5, atLeast: 5 };

  it.each<[string, RecoveryReport, number, RecoveryVerdict, string]>([
    ['none', report('recovered, some set aside'), 0, 'recovered, some set aside', 'recovered, 3 set aside'],
    [
      'some',
      report('recovered, some set aside'),
      1,
      'recovered, some set aside',
      'recovered, 2 set aside, 1 more written since',
    ],
    ['all', report('recovered, some set aside'), 3, 'recovered', 'recovered, 3 set aside and written since'],
    [
      'all, of one whose API nobody tested',
      report('recovered, API not tested', {
        api: { verdict: 'could not verify', checks: [], wrote: 'nothing' },
      }),
      3,
      'recovered, API not tested',
      'recovered, 3 set aside and written since; the MSR API was not tested',
    ],
    [
      'all, of one that has lost events',
      report('recovered, some lost', { lost: { ...lost, holes: [] } }),
      3,
      'recovered, some lost',
      'recovered, 5 events lost, 3 set aside and written since',
    ],
    ['all, of one that is not proven', report('could not verify'), 3, 'could not verify', 'could not verify'],
  ])('of %s', (_, before, retried, verdict, text) => {
    const after = afterRetries(before, retried);
    expect(after.verdict).toBe(verdict);
    expect(verdictText(after)).toBe(text);
    expect(after.retried).toBe(retried === 0 ? undefined : retried);
  });
});

describe('bytes on a terminal', () => {
  it.each([
    ['text', 'grün "x" \\n', 'grün "x" \\n'],
    ['what a terminal acts on', '\u001b[2Ja\u0007\u202eb\nc', '\\u{1b}[2Ja\\u{7}\\u{202e}b\\u{a}c'],
    ['a byte order mark', '\ufeffx', '\\u{feff}x'],
  ])('are shown as %s', (_, given, shown) => {
    expect(shownBytes(Buffer.from(given))).toBe(shown);
  });

  it('are hexadecimal where they are no text, and cut where they are long', () => {
    const bytes = Buffer.alloc(600, 0xff);
    bytes.write('AB', 0);
    const lines = shownBytes(bytes).split('\n');
    expect(lines[0]).toBe(`00000000  41 42${' ff'.repeat(14)}  AB..............`);
    expect(lines).toHaveLength(33);
    expect(lines.at(-1)).toBe('… (600 bytes in all)');
    expect(shownBytes(Buffer.from('x'.repeat(5_000)))).toBe(`${'x'.repeat(4_000)}… (5000 bytes in all)`);
  });
});
