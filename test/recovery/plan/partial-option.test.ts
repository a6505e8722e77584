import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import { decide } from '../../../src/recovery/plan/plan.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, RECOVERY_ID, request } from './sample-assessment.ts';

const base = assessment();
type Database = Assessment['database'];

const events = [
  { table: 'gis.geo_entity', hour: '2026-11-20T01:00:00Z', expected: 40_000 },
  { table: 'gis.track', hour: '2026-11-20T02:00:00Z', expected: 20_000 },
];
const hurt: Database = {
  ...base.database,
  ...{ state: 'damaged', readable: true, facts: ['60,000 events are wrong'] },
  damaged: { hours: [], events, uncompared: 0, restSound: true, configuration: false, others: false },
};
const damaged = (change: Partial<Database['damaged']>): Partial<Assessment> => ({
  database: { ...hurt, damaged: { ...hurt.damaged, ...change } },
});
const plan = (change: Partial<Assessment> = {}, input: RecoveryInput = { procedure: 'partial' }) =>
  planRecovery(assessment({ database: hurt, ...change }), request(input), RECOVERY_ID);
const optionOf = (change: Partial<Assessment> = {}) =>
  plan(change).options.find(({ procedure }) => procedure === 'partial');

describe('a plan for damaged hours', () => {
  it('replaces them alone, without loss, in less time than all of it would take', () => {
    const found = plan();
    const partial = found.options.find(({ procedure }) => procedure === 'partial');
    const standard = found.options.find(({ procedure }) => procedure === 'standard');
    expect(found).toMatchObject({
      procedure: 'partial',
      baseline: 'dump',
      hours: events.map(({ expected: _, ...hour }) => hour),
    });
    expect(found.refusal).toBeUndefined();
    expect(partial).toMatchObject({ procedure: 'partial', lossEvents: 0, possible: true, answers: true });
    expect(standard).toMatchObject({ procedure: 'standard', possible: true });
    expect(partial?.seconds?.high).toBeLessThan(standard?.seconds?.high ?? 0);
    expect(found.remarks[0]).toBe(
      'the events of 2 hours of tables are replaced, about 60,000 of them: gis.geo_entity in the hour of 2026-11-20T01:00:00Z, gis.track in the hour of 2026-11-20T02:00:00Z',
    );
  });

  it('shows the first few of many, and counts the others', () => {
    const many = Array.from({ length: 9 }, (_, n) => ({
      table: 't',
      hour: `2026-11-20T0${n}:00:00Z`,
      expected: 1,
    }));
    expect(plan(damaged({ events: many })).remarks[0]).toMatch(/T04:00:00Z, and 4 more$/);
  });

  it('has another hash for other hours', () => {
    const { hash } = plan();
    expect(plan().hash).toBe(hash);
    expect(plan(damaged({ events: events.slice(1) })).hash).not.toBe(hash);
    expect(plan(damaged({ events: events.map((hour) => ({ ...hour, table: 'other' })) })).hash).not.toBe(
      hash,
    );
  });

  it.each<[string, Partial<Assessment>, string]>([
    ['cannot be read', { database: { ...hurt, readable: false } }, 'the live database cannot be read'],
    ['takes no writes of ours', { database: { ...hurt, writable: false } }, 'by a superuser alone'],
    [
      'is not the one that is fed',
      { database: { ...hurt, obstacle: 'the sink feeds another' } },
      'the sink feeds another',
    ],
    ['has lost a table, too', damaged({ others: true }), 'more is damaged than hours of events'],
    ['was not compared in full', damaged({ uncompared: 30 }), '30 hours of events were not compared'],
    [
      'holds damaged events at infinity',
      damaged({ events: [{ table: 't', hour: 'infinity', expected: 1 }] }),
      'one at infinity',
    ],
    [
      'is damaged all over',
      damaged({
        events: Array.from({ length: 501 }, (_, n) => ({
          table: String(n),
          hour: '2026-11-20T01:00:00Z',
          expected: 1,
        })),
      }),
      '501 hours of tables are damaged',
    ],
    ['is healthy', damaged({ events: [] }), 'no hour of events is known to be damaged'],
    [
      'has a log with a hole',
      { log: { ...base.log, state: 'damaged', facts: ['3 records are gone'] } },
      '3 records are gone',
    ],
    ['has a backup of volumes alone', { backup: { ...base.backup, baseline: 'volumes' } }, 'of a dump alone'],
    [
      'has a backup that is replayed by content',
      { backup: { ...base.backup, exact: false, byContent: true } },
      'its cut is inexact: only standard drops the overlap by content',
    ],
    ['has an inexact backup', { backup: { ...base.backup, exact: false } }, 'the backup is inexact'],
    [
      'has no room beside it',
      { target: { ...base.target, fit: false, facts: ['no TimescaleDB'] } },
      'no TimescaleDB',
    ],
    [
      'has a sink that is not understood',
      { sink: { ...base.sink, understood: false, facts: ['transforms=x'] } },
      'transforms=x',
    ],
  ])('falls back, with the reason, where the database %s', (_, change, reason) => {
    expect(optionOf(change)).toMatchObject({ possible: false, why: [expect.stringContaining(reason)] });
    const { procedure, refusal } = plan(change, {});
    expect(procedure !== 'partial' || refusal?.includes(reason)).toBe(true);
    expect(plan(change, { procedure: 'partial' }).refusal).toContain(reason);
  });

  it('is chosen unasked where all the rest is proven sound, and costs the least', () => {
    const found = plan({}, {});
    expect(found).toMatchObject({ procedure: 'partial', hours: [{}, {}] });
    expect(found.refusal).toBeUndefined();
    expect(found.options[0]).toMatchObject({ procedure: 'partial', lossEvents: 0 });
  });

  it('is carried out by wish alone where nobody has compared the rest with Kafka', () => {
    const found = plan(damaged({ restSound: false }), {});
    expect(found.procedure).toBe('standard');
    expect(found.remarks).toContainEqual(expect.stringContaining('`msr recover --full-digest`'));
    expect(found.database?.comparable).toBe(true);
    expect(plan(damaged({ restSound: false })).procedure).toBe('partial');
    const unfinished = {
      ...{ recoveryId: RECOVERY_ID, backupId: base.backup.id, baseline: 'dump' as const, live: false },
      ...{ startedAt: base.assessedAt, procedure: 'partial' as const },
    };
    expect(plan({ ...damaged({ restSound: false }), unfinished }, {}).procedure).toBe('partial');
  });

  it('leaves it to point in time where somebody names what is to be left out', () => {
    expect(plan({}, { until: '2026-11-20T01:00:00Z' }).procedure).toBe('point-in-time');
  });

  it('leaves to others what it would not mend all of', () => {
    expect(optionOf(damaged({ configuration: true }))).toMatchObject({ possible: true, answers: false });
    expect(plan(damaged({ configuration: true }), {}).procedure).toBe('standard');
    expect(plan(damaged({ others: true }), {}).procedure).toBe('standard');
    expect(plan(damaged({ uncompared: 2 }), {}).procedure).toBe('standard');
  });
});

describe('a comparison of all events', () => {
  const healthy = {
    database: { ...hurt, state: 'healthy' as const, damaged: { ...hurt.damaged, events: [] } },
  };
  it.each<[string, Partial<Assessment>, RecoveryInput, string]>([
    [
      'is asked for where hours were not compared',
      damaged({ uncompared: 3, restSound: false }),
      { fullDigest: true },
      'compare',
    ],
    [
      'even where nothing else is wanted',
      damaged({ uncompared: 3, restSound: false }),
      { fullDigest: true, procedure: 'partial' },
      'compare',
    ],
    ['looks for what was doubled in a database that seems healthy', healthy, { fullDigest: true }, 'compare'],
    ['is not made unasked', damaged({ uncompared: 3, restSound: false }), {}, 'ask'],
    [
      'tells nothing of a database that has lost more',
      damaged({ others: true }),
      { fullDigest: true },
      'ask',
    ],
  ])('%s', (_, change, input, expected) => {
    expect(decide(plan(change, input), request(input), false)).toBe(expected);
    if (expected === 'compare') expect(decide(plan(change, input), request(input), true)).not.toBe('compare');
  });

  it('is what partial wants to be told', () => {
    expect(optionOf(damaged({ restSound: false }))?.needs).toBe('--full-digest');
    expect(optionOf()?.needs).toBeUndefined();
  });
});
