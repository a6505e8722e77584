import { describe, expect, it } from 'vitest';
import { compareBackups } from '../../../../src/recovery/plan/evidence/changed-backups.ts';
import { changedShapes } from '../../../../src/recovery/plan/evidence/changed-shapes.ts';
import { deleteSpikes, firstSecond } from '../../../../src/recovery/plan/evidence/delete-spikes.ts';
import { suspicionRemarks } from '../../../../src/recovery/plan/evidence/suspicion-remarks.ts';
import { planRecovery } from '../../../../src/recovery/plan/plan-recovery.ts';
import { assessment, RECOVERY_ID, request } from '../sample-assessment.ts';

const START = Date.parse('2026-11-23T08:00:00Z') / 1000;
/** Bins of five minutes: events and deletes of each. */
const bins = (counts: ReadonlyArray<readonly [events: number, deletes: number]>, table = 'gis.track') =>
  counts.map(([events, deletes], index) => ({ table, at: START + index * 300, events, deletes }));
const usual = (count: number) => Array.from({ length: count }, () => [100, 5] as const);

describe('a spike of deletes', () => {
  it.each<[string, ReadonlyArray<readonly [number, number]>, object[]]>([
    ['none where it is quiet', usual(12), []],
    [
      'where many more are deleted',
      [...usual(8), [200, 120], [150, 90], ...usual(3)],
      [{ table: 'gis.track', at: START + 8 * 300, bins: 2, deletes: 210, usual: 5 }],
    ],
    [
      'still under way',
      [...usual(8), [200, 120]],
      [{ table: 'gis.track', at: START + 8 * 300, bins: 1, deletes: 120, usual: 5 }],
    ],
    [
      'with one quiet bin in between',
      [...usual(8), [200, 120], [100, 5], [200, 110]],
      [{ table: 'gis.track', at: START + 8 * 300, bins: 3, deletes: 230, usual: 5 }],
    ],
    ['none where all grows alike: a busy hour', [...usual(8), [20_000, 1_000]], []],
    ['none where few are many times as many', [...usual(8).map(() => [100, 0] as const), [100, 20]], []],
    [
      'none where nobody knows what is usual',
      [
        [200, 120],
        [100, 5],
      ],
      [],
    ],
    [
      'the larger of two',
      [...usual(8), [200, 120], ...usual(4), [400, 300]],
      [{ table: 'gis.track', at: START + 13 * 300, bins: 1, deletes: 300, usual: 5 }],
    ],
  ])('%s', (_, counts, expected) => {
    expect(deleteSpikes(bins(counts))).toEqual(expected);
  });

  it('is told by table, the largest first', () => {
    const small = bins([...usual(8), [200, 120]]);
    const large = bins([...usual(8), [900, 800]], 'gis.geo_entity');
    expect(deleteSpikes([...small, ...large]).map(({ table }) => table)).toEqual([
      'gis.geo_entity',
      'gis.track',
    ]);
  });

  it('is dated to the second where it begins', () => {
    const at = START + 300;
    const second = (offset: number, deletes: number) => ({ at: at + offset, deletes });
    const spike = { at, usual: 5 };
    expect(firstSecond(spike, [second(-60, 1), second(20, 1), second(73, 3), second(74, 9)])).toBe(at + 73);
    expect(firstSecond(spike, [second(-60, 1)])).toBe(at);
  });
});

describe('states that look otherwise', () => {
  const shape = (first: string, events: number, change: Record<string, string> = {}) => ({
    table: 'gis.track',
    shape: { id: 'number', name: 'string', ...change },
    first,
    events,
  });
  const activity = bins(usual(12));
  const old = shape('2026-11-23T08:00:01.000Z', 1_000);
  const late = '2026-11-23T08:42:13.500Z';

  it.each<[string, ReturnType<typeof shape>[], object[]]>([
    ['are none where all look alike', [old, { ...old, first: '2026-11-23T08:30:00.000Z' }], []],
    [
      'from their first one on',
      [old, shape(late, 250, { name: 'null' })],
      [{ table: 'gis.track', at: late, events: 250, text: '"name" is null, was string' }],
    ],
    ['are none where few do: a rare key', [old, shape(late, 25, { note: 'string' })], []],
    ['are none where there was nothing before', [shape(late, 250, { name: 'null' })], []],
  ])('%s', (_, shapes, expected) => {
    expect(changedShapes({ shapes, bins: activity })).toEqual(expected);
  });

  it('are told with what differs', () => {
    const { id: _, ...without } = old.shape;
    const [changed] = changedShapes({
      shapes: [old, { ...shape(late, 250), shape: { ...without, extra: 'number' } }],
      bins: activity,
    });
    expect(changed?.text).toBe('"id" is missing, "extra" is new');
  });
});

describe('two backups', () => {
  const digest = (hour: string, count: number, sum = '1') => ({ table: 'gis.track', hour, count, sum });
  const backup = (id: string, digests: ReturnType<typeof digest>[], cutoffTime: string | null = null) => ({
    ...{ id, digests, cut: { takenAt: '2026-11-23T03:00:00.000Z' } },
    snapshotPointer: { currentSnapshot: 'A', lastRefresh: null, cutoffTime },
  });
  const HOUR = '2026-11-20T04:00:00Z';
  const compare = (
    before: ReturnType<typeof digest>[],
    after: ReturnType<typeof digest>[],
    cutoff?: string,
  ) =>
    compareBackups(
      backup('older', before) as unknown as Parameters<typeof compareBackups>[0],
      backup('newer', after, cutoff ?? null) as unknown as Parameters<typeof compareBackups>[1],
    );

  it.each<[string, ReturnType<typeof digest>[], ReturnType<typeof digest>[], string | undefined, number]>([
    ['agree', [digest(HOUR, 5)], [digest(HOUR, 5)], undefined, 0],
    ['agree where late events came', [digest(HOUR, 5)], [digest(HOUR, 6, '2')], undefined, 0],
    ['agree where maintenance dropped the hour', [digest(HOUR, 5)], [], '2026-11-20T05:00:00.000Z', 0],
    ['do not where an hour is gone', [digest(HOUR, 5)], [], undefined, 1],
    ['do not where rows were changed', [digest(HOUR, 5)], [digest(HOUR, 5, '2')], undefined, 1],
  ])('%s', (_, before, after, cutoff, differences) => {
    expect(compare(before, after, cutoff)?.differences ?? 0).toBe(differences);
  });
});

describe('the plan', () => {
  const at = '2026-11-23T10:05:10.000Z';
  const suspicions = [
    { kind: 'deletes' as const, table: 'gis.track', at, events: 3_000, usual: 5, text: '15 minutes' },
  ];
  const backup = (id: string, takenAt: string) =>
    ({ id, takenAt }) as ReturnType<typeof assessment>['backups'][number];
  const backups = [backup('newer', '2026-11-23T11:00:00.000Z'), backup('older', '2026-11-23T03:00:00.000Z')];

  it('proposes the moment with flags that are ready to run, and names the backups that may hold it', () => {
    expect(suspicionRemarks(assessment({ suspicions, backups }))).toEqual([
      `gis.track has 3,000 deletes within 15 minutes from ${at} on; 5 in 5 minutes are usual. Where that is the damage, \`msr recover --until ${at}\` leaves out what came since, \`msr recover --skip 'table=gis.track,operation=d,from=${at}'\` these alone; taken since, and may hold it: newer`,
    ]);
  });

  it('says it beside whatever it would do, and no more once something is left out', () => {
    const { remarks } = planRecovery(assessment({ suspicions }), request(), RECOVERY_ID);
    expect(remarks.join('\n')).toContain(`--until ${at}`);
    const leaveOut = {
      ...{ by: 'event-time' as const, after: 'stop' as const, until: at, skips: [] },
      ...{ obstacles: [], events: 7, facts: [] },
    };
    expect(suspicionRemarks(assessment({ suspicions, leaveOut }))).toEqual([]);
  });

  it('names the backup before rows were changed in the database itself', () => {
    const changedBackup = {
      ...{ before: 'older', after: 'newer', takenAt: '2026-11-23T03:00:00.000Z' },
      ...{ first: 'gis.track in the hour of x has 4 events; the backup held 5', differences: 3 },
    };
    expect(suspicionRemarks(assessment({ changedBackup }))[0]).toContain(
      '`msr recover --backup older` brings them back',
    );
  });
});
