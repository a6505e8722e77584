import { describe, expect, it } from 'vitest';
import {
  AUTO_APPROVABLE,
  autoApproved,
  autoApprovedRemark,
  isApprovedByConfiguration,
} from '../../../src/recovery/approval/auto-approval.ts';
import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import { decide } from '../../../src/recovery/plan/plan.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { Procedure } from '../../../src/recovery/plan/procedures.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, RECOVERY_ID, request } from '../plan/sample-assessment.ts';

const base = assessment();
const T = '2026-11-23T03:30:00.000Z';
const hole = {
  ...base.log,
  state: 'damaged' as const,
  facts: ['3 are gone'],
  around: {
    ...base.log.around,
    holes: [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: 103 }],
    starts: [{ topic: 'gis.geo_entity', partition: 0, offset: 103 }],
  },
};
const anew = {
  ...hole,
  around: {
    ...hole.around,
    anew: ['gis.geo_entity'],
    holes: [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: null }],
  },
};
const leaveOut: NonNullable<Assessment['leaveOut']> = {
  ...{ by: 'event-time', until: T, after: 'stop', skips: [] },
  ...{ obstacles: [], events: 0, facts: [] },
};
const wrongValues: Partial<Assessment> = {
  database: {
    ...base.database,
    ...{ state: 'healthy', readable: true, damaged: { ...base.database.damaged, others: false } },
    configuration: { ...base.database.configuration, liveFault: 'MAX_PLAYBACK_RANGE is 0' },
  },
  configurationRestore: {
    backupId: base.backup.id,
    changes: [{ key: 'MAX_PLAYBACK_RANGE', from: '0', to: '7' }] as never,
    facts: [],
  },
};
const suspicion: Assessment['suspicions'][number] = {
  ...{ kind: 'deletes', table: 'gis.track', at: T, events: 900, usual: 3, text: '5 minutes' },
};

const isApproved = (
  change: Partial<Assessment>,
  procedures: readonly Procedure[] = AUTO_APPROVABLE,
  input: RecoveryInput = {},
) => {
  const seen = assessment(change);
  const plan = planRecovery(seen, request(input), RECOVERY_ID);
  return isApprovedByConfiguration({ assessment: seen, plan }, request(input), procedures);
};

describe('approved by configuration', () => {
  it.each<[string, Partial<Assessment>]>([
    ['a lost database', {}],
    ['a damaged one', { database: { ...base.database, state: 'damaged', readable: true } }],
    ['values that MSR cannot run by', wrongValues],
    [
      'connectors that Connect has lost',
      { sink: { ...base.sink, state: 'absent', facts: ['no such connector'] } },
    ],
  ])('is the plan of %s', (_, change) => expect(isApproved(change)).toBe(true));

  it.each<[string, Partial<Assessment>, (readonly Procedure[])?, RecoveryInput?]>([
    ['whose procedure is not listed', {}, ['configuration']],
    ['where nothing is listed', {}, []],
    ['that is refused', { target: { ...base.target, fit: false, facts: ['no disk'] } }],
    ['that is forced', {}, AUTO_APPROVABLE, { force: true }],
    ['around a hole, though it was accepted', { log: hole }, AUTO_APPROVABLE, { acceptHole: 'any' }],
    ['that loses what nobody can count', { log: anew }],
    ['for a point in time', { leaveOut }, [...AUTO_APPROVABLE, 'point-in-time'], { until: T }],
    ['of a server that does not answer', { database: { ...base.database, state: 'unreachable' } }],
    ['of a database that was not compared in full', { database: { ...base.database, state: 'unproven' } }],
    ['whose log may be another one', { log: { ...base.log, unidentified: ['gis.geo_entity'] } }],
    ['whose log could not be compared', { log: { ...base.log, unknown: ['gis.geo_entity-0'] } }],
    ['where something deletes more than usual', { suspicions: [suspicion] }],
    ['where a newer backup was passed over', { backup: { ...base.backup, passedOver: ['x: damaged'] } }],
    [
      'where the backups do not agree',
      { changedBackup: { before: 'a', after: 'b', takenAt: T, first: 'x', differences: 1 } },
    ],
    ['by which comes back what was left out', { leftOutBefore: { recoveryId: 'r', records: 1, leaveOut } }],
  ])('is never one %s', (_, change, procedures = AUTO_APPROVABLE, input = {}) => {
    expect(isApproved(change, procedures, input)).toBe(false);
  });

  it('is carried out and says so, and a dry run stays one', () => {
    const plan = planRecovery(assessment(), request(), RECOVERY_ID);
    const approved = { ...plan, approvedBy: 'configuration' as const };
    expect(decide(approved, request(), false)).toBe('approved');
    expect(decide(plan, request(), false)).toBe('ask');
    expect(decide(approved, request({ dryRun: true }), false)).toBe('dry-run');
    expect(decide({ ...approved, refusal: 'no' }, request(), false)).toBe('refused');
    expect(autoApprovedRemark(plan)).toMatch(
      /^approved by configuration: approval\.autoApprove lists standard, /,
    );
  });

  it('reads what is listed, and refuses what may lose something', () => {
    expect(autoApproved({})).toEqual([]);
    expect(autoApproved({ MSR_AUTO_APPROVE: 'standard,configuration' })).toEqual([
      'standard',
      'configuration',
    ]);
    expect(() => autoApproved({ MSR_AUTO_APPROVE: 'point-in-time' })).toThrow(
      'MSR_AUTO_APPROVE is "point-in-time"',
    );
  });
});
