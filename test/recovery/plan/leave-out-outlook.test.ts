import { describe, expect, it } from 'vitest';
import type { LeaveOut } from '../../../src/recovery/plan/leave-out.ts';
import { type LeaveOutQuestion, leaveOutOutlook } from '../../../src/recovery/plan/leave-out-outlook.ts';

const T = '2026-11-23T10:05:00.000Z';
const TOPIC = 'server.gis.track';
const at = (offset: number, partition = 0, topic = TOPIC) => ({ topic, partition, offset });
const range = (from: number, to: number | null, topic = TOPIC) => ({ topic, partition: 0, from, to });

const manifest = {
  id: 'older',
  cut: { takenAt: '2026-11-23T03:00:00.000Z', offsets: [at(100), at(100, 1)] },
  events: { count: 1, earliest: null, latest: '2026-11-23T03:00:00.000Z' },
  digests: [{ table: 'gis.geo_entity', hour: 'x', count: 1, sum: '1' }],
} as unknown as LeaveOutQuestion['manifest'];

const moments: LeaveOutQuestion['moments'] = {
  topics: [{ name: TOPIC, partitions: [0, 1] }],
  logEnd: [at(200), at(150, 1)],
  offsetsAt: new Map([[T, [at(180), at(150, 1)]]]),
};

const rule = (change: Partial<LeaveOut>): LeaveOut => ({
  ...{ by: 'event-time', after: 'continue', skips: [] },
  ...change,
});
const stop = rule({ until: T, after: 'stop' });
const outlook = (leaveOut: LeaveOut, change: Partial<LeaveOutQuestion> = {}) =>
  leaveOutOutlook({ leaveOut, manifest, moments, ...change });

describe('what leaving out comes to', () => {
  it.each<[string, LeaveOut, number | null]>([
    ['counts from the moment on, by the places in the log', stop, 20],
    ['counts from offsets on', rule({ untilOffsets: [at(190), at(140, 1)], after: 'stop' }), 20],
    ['counts nothing that lies before the backup', rule({ untilOffsets: [at(50)], after: 'stop' }), 100],
    ['counts ranges of offsets', rule({ skips: [{ offsets: [range(110, 120), range(195, null)] }] }), 15],
    ['cannot count what only the content tells', rule({ skips: [{ table: 'gis.track' }] }), null],
    ['cannot count a moment with skips', { ...stop, skips: [{ table: 'gis.track' }] }, null],
  ])('%s', (_, leaveOut, events) => expect(outlook(leaveOut).events).toBe(events));

  it('counts nothing where the log cannot be asked, and leaves that to its own assessment', () => {
    expect(outlook(stop, { moments: undefined })).toMatchObject({ events: null, obstacles: [] });
  });

  it.each<[string, LeaveOut, string]>([
    [
      'a partition that the sink does not read',
      rule({ untilOffsets: [at(5, 7)], after: 'stop' }),
      `the sink reads no ${TOPIC}-7: it reads ${TOPIC}-0, ${TOPIC}-1`,
    ],
    [
      'offsets beyond the end',
      rule({ untilOffsets: [at(201)], after: 'stop' }),
      `${TOPIC}-0 ends at 200, before offset 201`,
    ],
    [
      'a range beyond the end',
      rule({ skips: [{ offsets: [range(201, null)] }] }),
      `${TOPIC}-0 ends at 200, before offset 201`,
    ],
    [
      'a table that nobody knows',
      rule({ skips: [{ table: 'gis.trakc' }] }),
      'no event is of the table gis.trakc: there are gis.geo_entity, gis.track',
    ],
  ])('is refused for %s', (_, leaveOut, said) => expect(outlook(leaveOut).obstacles).toContain(said));

  it('is refused where nothing came after the moment', () => {
    const quiet = { ...moments, offsetsAt: new Map([[T, moments.logEnd]]) };
    const said = `Kafka holds no record of ${T} or later: there is nothing to leave out from then on`;
    expect(outlook(stop, { moments: quiet }).obstacles).toEqual([said]);
    expect(outlook(rule({ skips: [{ from: T }] }), { moments: quiet }).obstacles).toEqual([said]);
  });

  it('is refused from a backup of after it, and told where an event of the backup bears a later time', () => {
    const younger = { ...manifest, cut: { ...manifest.cut, takenAt: '2026-11-23T11:00:00.000Z' } };
    expect(outlook(stop, { manifest: younger }).obstacles.join()).toContain(`after ${T}`);
    const ahead = { ...manifest, events: { ...manifest.events, latest: '2999-01-01T00:00:00.000Z' } };
    expect(outlook(stop, { manifest: ahead })).toMatchObject({ obstacles: [] });
    expect(outlook(stop, { manifest: ahead }).facts[0]).toContain(
      'up to 2999-01-01T00:00:00.000Z); that stays',
    );
  });

  it('takes a table without its schema for the one that it can only be', () => {
    expect(outlook(rule({ skips: [{ table: 'geo_entity' }] })).skips).toEqual([{ table: 'gis.geo_entity' }]);
  });

  it('says what is written all the same', () => {
    expect(outlook(rule({ untilOffsets: [at(190)], after: 'stop' })).facts).toContain(
      `${TOPIC}-1: no offset is named, all of it is written`,
    );
    expect(outlook(rule({ skips: [{ operation: 'd' }] })).facts).toContain(
      '--skip operation=d names no beginning: what the backup holds of it stays',
    );
  });
});
