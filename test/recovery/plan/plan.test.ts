import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import { decide, liveDatabase, type Plan } from '../../../src/recovery/plan/plan.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { PROCEDURES, type Procedure } from '../../../src/recovery/plan/procedures.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from './sample-assessment.ts';

const plan = (change: Partial<Assessment> = {}, input: RecoveryInput = {}) =>
  planRecovery(assessment(change), request(input), RECOVERY_ID);

const base = assessment();
const database = (state: Assessment['database']['state'], readable = true): Partial<Assessment> => ({
  database: { ...base.database, state, readable },
});
const unfinished = (live: boolean): Partial<Assessment> => ({
  unfinished: {
    recoveryId: '20261122T200000Z-bbbb',
    backupId: '20261122T030000Z-cccc',
    baseline: 'dump' as const,
    procedure: 'standard' as const,
    startedAt: '2026-11-22T20:00:00.000Z',
    live,
  },
});

describe('planRecovery', () => {
  it.each(['gone', 'unreachable', 'damaged'] as const)(
    'chooses the standard procedure without loss for a database that is %s',
    (state) => {
      const { refusal, procedure, options, backupId, recoveryId } = plan(database(state));
      expect(refusal).toBeUndefined();
      expect({ procedure, backupId, recoveryId }).toEqual({
        procedure: 'standard',
        backupId: BACKUP_ID,
        recoveryId: RECOVERY_ID,
      });
      expect(options[0]).toMatchObject({ procedure: 'standard', possible: true, lossEvents: 0 });
    },
  );

  it('refuses to replace a healthy database, unless it is forced to', () => {
    expect(plan(database('healthy')).refusal).toContain('there is nothing to recover');
    const forced = plan(database('healthy'), { force: true });
    expect(forced.refusal).toBeUndefined();
    expect(forced.remarks).toContain('the live database is healthy and is replaced because --force says so');
  });

  it('says of a database that there was no time to compare that nobody knows whether it has lost anything', () => {
    const { refusal, remarks, hash } = plan(database('unproven'));
    expect(refusal).toBeUndefined();
    expect(remarks.join()).toContain('is not known: not all of it was compared');
    expect(hash).not.toBe(plan(database('damaged')).hash);
  });

  it.each<[string, Partial<Assessment>, string | undefined]>([
    ['lost', {}, 'gone: database is not there'],
    [
      'not compared in full',
      { database: { ...base.database, state: 'unproven', facts: ['9 of 10 hours were not compared'] } },
      'not known whether it has lost anything: 9 of 10 hours were not compared',
    ],
    ['replaced already', unfinished(true), undefined],
  ])('says first what is known of a live database that is %s', (_, change, expected) => {
    expect(liveDatabase(plan(change))).toBe(expected);
  });

  it.each<[string, Partial<Assessment>, string]>([
    [
      'the log is damaged',
      { log: { ...base.log, state: 'damaged', facts: ['3 records are gone'] } },
      '3 records are gone',
    ],
    [
      'Kafka is unreachable',
      { log: { ...base.log, state: 'unreachable', facts: ['no broker answers'] } },
      'no broker answers',
    ],
    [
      'Connect is unreachable',
      { sink: { ...base.sink, state: 'unreachable', understood: false, facts: ['refused'] } },
      'refused',
    ],
    [
      'the sink is not understood',
      { sink: { ...base.sink, understood: false, facts: ['transforms=x'] } },
      'transforms=x',
    ],
    [
      'the target is not fit',
      { target: { ...base.target, fit: false, facts: ['no TimescaleDB'] } },
      'no TimescaleDB',
    ],
    [
      'the backup has no dump',
      { backup: { ...base.backup, obstacle: 'it holds volumes only' } },
      `the backup ${base.backup.id} cannot be restored: it holds volumes only`,
    ],
    ['the backup is inexact', { backup: { ...base.backup, exact: false } }, 'the backup is inexact'],
  ])('refuses with the reason where %s', (_, change, reason) => {
    const { refusal, options } = plan(change);
    expect(refusal).toContain(reason);
    expect(options[0]).toMatchObject({ possible: false });
  });

  const optionOf = (found: Plan, procedure: Procedure) =>
    found.options.find((option) => option.procedure === procedure);

  it('begins with an inexact cut whose overlap is known in the standard procedure, and in no other', () => {
    const backup = { ...base.backup, exact: false, byContent: true };
    const found = plan({ backup });
    expect(found).toMatchObject({ procedure: 'standard', byContent: true });
    expect(found.refusal).toBeUndefined();
    expect(found.remarks.join()).toContain('inexact cut: overlap dropped by content');
    expect(optionOf(found, 'cold')?.why.join()).toContain('only standard drops the overlap');
    expect(plan().byContent).toBeUndefined();
  });

  it('prices every procedure, whatever is possible', () => {
    const found = plan();
    expect(new Set(found.options.map(({ procedure }) => procedure))).toEqual(new Set(PROCEDURES));
    expect(optionOf(found, 'cold')).toMatchObject({ possible: false, lossEvents: 0 });
    expect(optionOf(found, 'cold')?.why.join()).toContain('standard loses nothing');
  });

  it('does not invent a loss that nobody can count', () => {
    const holes = [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: null }];
    const log = { ...base.log, state: 'damaged' as const, around: { ...base.log.around, holes } };
    expect(optionOf(plan({ log }), 'cold')).toMatchObject({ lossEvents: null });
  });

  it('accepts the hole that it has shown, and no other', () => {
    const holes = [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: 103 }];
    const starts = [{ topic: 'gis.geo_entity', partition: 0, offset: 103 }];
    const around = { ...base.log.around, holes, starts };
    const log = { ...base.log, state: 'damaged' as const, facts: ['3 records are gone'], around };
    const shown = plan({ log });
    expect(shown.refusal).toContain('3 records are gone (--accept-hole ');
    const [, acceptHole = ''] = /--accept-hole (\w+)/.exec(shown.refusal ?? '') ?? [];
    const accepted = plan({ log }, { acceptHole });
    expect(accepted.refusal).toBeUndefined();
    expect(accepted).toMatchObject({ procedure: 'standard', course: { holes, starts } });
    expect(optionOf(accepted, 'standard')?.lossEvents).toBe(3);
    expect(plan({ log }, { acceptHole: 'another' }).refusal).toContain('accepts another hole');
    expect(plan({}, { acceptHole }).refusal).toContain('there is none that could be accepted');
  });

  it('goes on with the hole that a recovery was begun with, and with no other', () => {
    const around = (to: number) => ({
      ...base.log.around,
      holes: [{ topic: 'gis.geo_entity', partition: 0, from: 100, to }],
      starts: [{ topic: 'gis.geo_entity', partition: 0, offset: to }],
    });
    const log = (to: number) => ({
      ...base.log,
      state: 'damaged' as const,
      facts: ['gone'],
      around: around(to),
    });
    const { holes, starts } = around(103);
    const begun = { ...unfinished(false).unfinished, course: { holes, starts } } as NonNullable<
      Assessment['unfinished']
    >;
    const continued = plan({ log: log(103), unfinished: begun });
    expect(continued.refusal).toBeUndefined();
    expect(continued.course).toEqual({ holes, starts });
    const grown = plan({ log: log(110), unfinished: begun });
    expect(grown.refusal).toContain('accepts another hole: the present one is');
    const [, acceptHole = ''] = /present one is (\w+)/.exec(grown.refusal ?? '') ?? [];
    expect(plan({ log: log(110), unfinished: begun }, { acceptHole }).refusal).toContain(
      'begin anew with --fresh',
    );
    expect(plan({ log: log(110), unfinished: begun }, { acceptHole, fresh: true }).refusal).toBeUndefined();
  });

  it('sets the configuration alone where nothing else is wrong', () => {
    const { configuration } = base.database;
    const wrong = { ...configuration, liveFault: 'MAX_PLAYBACK_RANGE is 0' };
    const damaged = { ...base.database.damaged, others: false };
    const healthy = {
      ...base.database,
      state: 'healthy' as const,
      readable: true,
      configuration: wrong,
      damaged,
    };
    const changes = [{ key: 'MAX_PLAYBACK_RANGE', live: '0', backup: '7', type: 'INTEGER' }];
    const configurationRestore = { backupId: 'older', changes, facts: ['the newest holds it already'] };
    const found = plan({ database: healthy, configurationRestore });
    expect(found).toMatchObject({ procedure: 'configuration', backupId: 'older', configuration: changes });
    expect(found.refusal).toBeUndefined();
    expect(found.remarks).toContain('MAX_PLAYBACK_RANGE is 0, and was 7 in the backup');
  });

  it('begins with the other zone where the own backup leads nowhere, and names its dump beforehand', () => {
    const zones = [
      { name: 'az-b', obstacle: null, facts: [] },
      { name: 'az-c', obstacle: 'its sink is STOPPED', facts: [] },
    ];
    const log = { ...base.log, state: 'damaged' as const, facts: ['3 records are gone'] };
    const found = plan({ zones, log });
    expect(found).toMatchObject({ procedure: 'zone', zone: 'az-b', backupId: RECOVERY_ID, baseline: 'dump' });
    expect(found.refusal).toBeUndefined();
    // Every look at it gives the dump a new id: it must be the same plan all the same.
    const again = planRecovery(assessment({ zones, log }), request(), '20261123T051500Z-0001');
    expect(again.hash).toBe(found.hash);
    expect(plan({ zones, log }, { zone: 'az-c' }).refusal).toContain(
      'az-c cannot be used: its sink is STOPPED',
    );
    expect(plan({ zones }, { zone: 'az-d' }).refusal).toContain('names no zone az-d, but az-b, az-c');
    expect(plan({ zones }).procedure).toBe('standard');
  });

  it('refuses what is asked for where the evidence says otherwise', () => {
    expect(plan({}, { procedure: 'configuration' }).refusal).toContain('cannot be read');
    expect(plan({}, { procedure: 'cold' }).refusal).toContain('standard loses nothing');
  });

  it('says what goes back to the backup, and when Kafka may delete what it needs', () => {
    const { remarks } = plan({ log: { ...base.log, headroomSeconds: 60 } });
    expect(remarks).toContain(
      'the old database cannot be read: sessions and configuration go back to 2026-11-23T03:00:00.000Z',
    );
    expect(remarks.join()).toContain('raise retention.ms');
    expect(plan(database('damaged')).remarks.join()).toContain('taken from the old database');
  });

  it('continues an unfinished recovery under its own id and backup, unless a fresh one is asked for', () => {
    const continued = plan(unfinished(false));
    expect(continued).toMatchObject({
      recoveryId: '20261122T200000Z-bbbb',
      backupId: '20261122T030000Z-cccc',
      baseline: 'dump' as const,
    });
    expect(continued.remarks.join()).toContain('is continued');
    expect(plan(unfinished(false), { fresh: true }).recoveryId).toBe(RECOVERY_ID);
  });

  it('says where the volumes come up, and that they take minutes whatever a dump would', () => {
    const { remarks, options } = plan({
      backup: { ...base.backup, baseline: 'volumes', dumpSeconds: 90_000 },
      target: { server: 'db2:5432', cutover: 'redirect', readersSecret: true, fit: true, facts: [] },
    });
    expect(remarks[0]).toContain('a server of its own at db2:5432');
    expect(remarks[1]).toContain("points the sink there, and the readers' secret");
    expect(options[0]?.seconds?.high).toBeLessThan(10_000);
  });

  it('says that a recovery which is continued keeps its baseline', () => {
    const remarks = (input: RecoveryInput) => plan(unfinished(false), input).remarks.join('\n');
    expect(remarks({ baseline: 'volumes' })).toContain('it began with the dump, and goes on with that');
    expect(remarks({ baseline: 'dump' })).not.toContain('it began with');
    expect(remarks({})).not.toContain('it began with');
  });

  it('goes forward after the commit point, healthy as the live database is and whatever stands in the way', () => {
    const state = { ...unfinished(true), ...database('healthy'), target: { ...base.target, fit: false } };
    const { refusal, remarks } = plan(state);
    expect(refusal).toBeUndefined();
    expect(remarks.join()).toContain('only forward leads out');
  });

  it('says of which topics nobody knows whether they are those of then', () => {
    const { remarks, options } = plan({
      log: { ...base.log, unidentified: ['gis.geo_entity', 'gis.track'] },
    });
    expect(options[0]?.possible).toBe(true);
    expect(remarks.join()).toContain(
      'whether gis.geo_entity, gis.track were created anew since the backup is not known',
    );
    expect(plan().remarks.join()).not.toContain('is not known');
  });

  it('does not replace a database that came back only because a recovery was begun', () => {
    expect(plan({ ...unfinished(false), ...database('healthy') }).refusal).toContain('nothing to recover');
  });
});

describe('the hash of a plan', () => {
  const { hash } = plan();

  it.each<[string, Partial<Assessment>]>([
    ['the log grows', { log: { ...base.log, records: 999_999, headroomSeconds: 1 } }],
    ['time passes', { assessedAt: '2026-11-23T05:00:00.000Z' }],
    ['the sink failed', { sink: { ...base.sink, state: 'FAILED' } }],
  ])('stays where %s', (_, change) => expect(plan(change).hash).toBe(hash));

  it.each<[string, Partial<Assessment>, RecoveryInput]>([
    ['the database came back', database('damaged'), {}],
    [
      'a topic was created anew',
      { log: { ...base.log, topics: [{ name: 'gis.geo_entity', id: 'other', partitions: 4 }] } },
      {},
    ],
    ['another backup is used', { backup: { ...base.backup, id: '20261123T033000Z-dddd' } }, {}],
    ['its volumes are used', { backup: { ...base.backup, baseline: 'volumes' } }, {}],
    ['another server is meant', { target: { ...base.target, server: 'db2:5432' } }, {}],
    ['a recovery is continued', unfinished(false), {}],
    ['force is asked for', {}, { force: true }],
  ])('changes where %s', (_, change, input) => expect(plan(change, input).hash).not.toBe(hash));
});

describe('decide', () => {
  const approved = { approvedPlanHash: plan().hash };
  const refused = { target: { ...base.target, fit: false, facts: ['no'] } };
  it.each<[string, Partial<Assessment>, RecoveryInput, string]>([
    ['asks', {}, {}, 'ask'],
    ['takes the hash in the input for an approval', {}, approved, 'approved'],
    ['asks where another plan was approved', database('damaged'), approved, 'ask'],
    ['refuses what is impossible, approved or not', refused, approved, 'refused'],
    ['only plans in a dry run', {}, { dryRun: true, ...approved }, 'dry-run'],
    ['shows an impossible plan in a dry run', refused, { dryRun: true }, 'dry-run'],
  ])('%s', (_, change, input, expected) => {
    expect(decide(plan(change, input), request(input), false)).toBe(expected);
  });

  const unfit = { target: { ...base.target, fit: false, facts: ['no'] } };
  it.each<[string, Partial<Assessment>, RecoveryInput, boolean, string]>([
    ['what was asked for and is open', database('unproven'), { fullDigest: true }, false, 'compare'],
    ['before a dry run, too', database('unproven'), { fullDigest: true, dryRun: true }, false, 'compare'],
    ['what holds all, and may hold bad events', database('healthy'), { fullDigest: true }, false, 'compare'],
    ['nothing that nobody asked for', database('unproven'), {}, false, 'ask'],
    ['nothing twice', database('unproven'), { fullDigest: true }, true, 'ask'],
    ['no database that is known to be damaged', database('damaged'), { fullDigest: true }, false, 'ask'],
    [
      'none for what is refused',
      { ...database('unproven'), ...unfit },
      { fullDigest: true },
      false,
      'refused',
    ],
    [
      'none that is replaced already',
      { ...database('unproven'), ...unfinished(true) },
      { fullDigest: true },
      false,
      'ask',
    ],
  ])('compares %s', (_, change, input, compared, expected) => {
    expect(decide(plan(change, input), request(input), compared)).toBe(expected);
  });
});
