import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from './sample-assessment.ts';

const T = '2026-11-23T03:30:00.000Z';
const base = assessment();
const leaveOut: NonNullable<Assessment['leaveOut']> = {
  ...{ by: 'event-time', until: T, after: 'stop', skips: [] },
  ...{ obstacles: [], events: 12, facts: ['what comes from then on is set aside'] },
};
const rule = { by: 'event-time', until: T, after: 'stop', skips: [] } as const;
const healthy = { ...base.database, state: 'healthy' as const, readable: true };

const plan = (change: Partial<Assessment> = {}, input: RecoveryInput = { until: T }) =>
  planRecovery(assessment({ database: healthy, leaveOut, ...change }), request(input), RECOVERY_ID);

const unfinished = (change: Partial<NonNullable<Assessment['unfinished']>> = {}): Partial<Assessment> => ({
  unfinished: {
    ...{ recoveryId: '20261122T200000Z-bbbb', backupId: BACKUP_ID, baseline: 'dump' as const },
    ...{ startedAt: '2026-11-22T20:00:00.000Z', live: false, procedure: 'point-in-time' as const },
    course: { holes: [], starts: [], leaveOut: { ...rule, skips: [] } },
    ...change,
  },
});

describe('a plan for a point in time', () => {
  it('replaces a healthy database: its events are what is wrong', () => {
    const found = plan();
    expect(found.refusal).toBeUndefined();
    expect(found).toMatchObject({
      procedure: 'point-in-time',
      backupId: BACKUP_ID,
      course: { leaveOut: rule },
    });
    expect(found.options.find(({ procedure }) => procedure === 'point-in-time')).toMatchObject({
      ...{ possible: true, answers: true, lossEvents: 12 },
      lossSpan: { from: T, to: base.assessedAt },
    });
    expect(found.remarks).toContain('set aside: about 12 events');
  });

  it('is offered, with what it needs, where nobody has named anything', () => {
    const { options, procedure } = plan({ database: base.database, leaveOut: undefined }, {});
    expect(procedure).toBe('standard');
    expect(options.find((option) => option.procedure === 'point-in-time')).toMatchObject({
      possible: false,
      needs: '--until <time> or --skip <conditions>',
    });
  });

  it.each<[string, Partial<Assessment>, string]>([
    [
      'what is named cannot be left out',
      { leaveOut: { ...leaveOut, obstacles: ['no such table'] } },
      'no such table',
    ],
    [
      'Kafka has lost a part of it',
      { log: { ...base.log, state: 'damaged', facts: ['3 are gone'] } },
      '3 are gone',
    ],
    ['the target is not fit', { target: { ...base.target, fit: false, facts: ['no disk'] } }, 'no disk'],
    ['the backup cannot be restored', { backup: { ...base.backup, obstacle: 'no dump' } }, 'no dump'],
  ])('is refused where %s', (_, change, said) => expect(plan(change).refusal).toContain(said));

  it('goes around a hole that was accepted, and leaves out what is named behind it', () => {
    const holes = [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: 103 }];
    const starts = [{ topic: 'gis.geo_entity', partition: 0, offset: 103 }];
    const around = { ...base.log.around, holes, starts };
    const log = { ...base.log, state: 'damaged' as const, facts: ['3 are gone'], around };
    const [, acceptHole = ''] = /--accept-hole (\w+)/.exec(plan({ log }).refusal ?? '') ?? [];
    const accepted = plan({ log }, { until: T, acceptHole });
    expect(accepted.refusal).toBeUndefined();
    expect(accepted).toMatchObject({ procedure: 'point-in-time', course: { holes, starts, leaveOut: rule } });
    expect(accepted.options[0]).toMatchObject({ lossEvents: 15 });
  });

  it('prices the other backups, and says which hold the damage already', () => {
    const other = (id: string, holdsDamage: string | null): Assessment['backups'][number] => ({
      ...{
        id,
        holdsDamage,
        takenAt: '2026-11-22T03:00:00.000Z',
        obstacle: null,
        exact: true,
        byContent: false,
        baseline: 'dump',
      },
      ...{ dumpSeconds: 1, digestSeconds: 1, bytes: 1, log: 'whole', records: 5, lost: 0 },
    });
    const { options } = plan({ backups: [other('newer', 'it was taken after'), other('older', null)] });
    const why = (id: string) =>
      options.find(({ procedure, backupId }) => procedure === 'point-in-time' && backupId === id)?.why;
    expect(why('newer')).toEqual(['it was taken after']);
    expect(why('older')).toEqual([]);
  });

  it('has another hash for another moment, and the same for the same', () => {
    const other = { ...leaveOut, until: '2026-11-23T03:31:00.000Z' };
    expect(plan().hash).toBe(plan({ assessedAt: '2026-11-23T05:00:00.000Z' }).hash);
    expect(plan({ leaveOut: other }, { until: other.until }).hash).not.toBe(plan().hash);
    expect(plan({ leaveOut: { ...leaveOut, by: 'record-time' } }).hash).not.toBe(plan().hash);
  });
});

describe('a recovery that was not finished', () => {
  it('goes on leaving out what it was begun with', () => {
    const found = plan(unfinished(), {});
    expect(found.refusal).toBeUndefined();
    expect(found).toMatchObject({ recoveryId: '20261122T200000Z-bbbb', course: { leaveOut: rule } });
    expect(plan(unfinished()).refusal).toBeUndefined();
  });

  it.each<[string, Partial<Assessment>, RecoveryInput]>([
    [
      'another moment is named',
      { ...unfinished(), leaveOut: { ...leaveOut, until: '2026-11-23T03:31:00.000Z' } },
      { until: '2026-11-23T03:31:00Z' },
    ],
    ['it is a standard one', unfinished({ procedure: 'standard', course: undefined }), { until: T }],
    ['another procedure is asked for', unfinished(), { procedure: 'standard' }],
  ])('is not gone on with where %s', (_, change, input) => {
    expect(plan(change, input).refusal).toContain('would go on as it was begun; --fresh begins');
  });

  it('is gone on with past the commit point whatever is named', () => {
    const live = {
      ...unfinished({ live: true }),
      leaveOut: { ...leaveOut, until: '2026-11-23T03:31:00.000Z' },
    };
    expect(plan(live, { until: '2026-11-23T03:31:00Z' }).refusal).toBeUndefined();
  });
});
