import { describe, expect, it } from 'vitest';
import type { Assessment, BackupOutlook } from '../../../src/recovery/plan/assessment.ts';
import { isBetter, otherStart } from '../../../src/recovery/plan/other-start.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from './sample-assessment.ts';

const OLDER = '20261122T030000Z-bbbb';
const base = assessment();

const outlook = (change: Partial<BackupOutlook> = {}): BackupOutlook => ({
  ...{
    id: OLDER,
    takenAt: '2026-11-22T03:00:00.000Z',
    obstacle: null,
    exact: true,
    byContent: false,
    baseline: 'dump',
  },
  ...{ dumpSeconds: 1, digestSeconds: 1, bytes: 1, holdsDamage: null, log: 'whole', records: 5, lost: 0 },
  ...change,
});

const planned = (change: Partial<Assessment>, input: RecoveryInput = {}) => {
  const seen = assessment({ backups: [outlook()], ...change });
  return { assessment: seen, plan: planRecovery(seen, request(input), RECOVERY_ID) };
};
const inexact = { backup: { ...base.backup, exact: false } };
const changed = {
  changedBackup: {
    ...{ before: OLDER, after: BACKUP_ID, takenAt: '2026-11-23T03:00:00.000Z', differences: 1 },
    first: 'gis.track in the hour of 2026-11-22T01 has 3 events; the backup held 7',
  },
};
const leaveOut: NonNullable<Assessment['leaveOut']> = {
  ...{ by: 'event-time', until: '2026-11-23T03:30:00.000Z', after: 'stop', skips: [] },
  ...{ obstacles: [], events: 12, facts: [] },
};
const truncated = {
  log: {
    ...base.log,
    state: 'damaged' as const,
    facts: ['it was truncated'],
    around: { ...base.log.around, obstacles: ['it was truncated'] },
  },
};

describe('another look, from an older backup', () => {
  it.each<[string, Partial<Assessment>, RecoveryInput, string]>([
    ['the newest one is inexact', inexact, {}, 'leads nowhere'],
    ['the newest one cannot be restored', { backup: { ...base.backup, obstacle: 'x' } }, {}, 'leads nowhere'],
    [
      'this server cannot hold the newest one',
      { target: { ...base.target, fit: false, facts: ['its TimescaleDB is too old'] } },
      {},
      'leads nowhere',
    ],
    [
      'a point in time, and the newest is inexact',
      { ...inexact, leaveOut },
      { until: leaveOut.until },
      'leads nowhere',
    ],
    ['rows were changed before the newest one was taken', changed, {}, 'lacks events'],
    [
      'likewise, of a live database that looks healthy',
      { ...changed, database: { ...base.database, state: 'healthy' } },
      {},
      'lacks events',
    ],
  ])('is worth it where %s', (_, change, input, because) => {
    expect(otherStart(planned(change, input), request(input))).toMatchObject({
      ...{ backupId: OLDER, because },
      reason: expect.stringMatching(new RegExp(`^${BACKUP_ID}: `)),
    });
  });

  it.each<[string, Partial<Assessment>, RecoveryInput]>([
    ['the newest one serves', {}, {}],
    ['a backup was named', { ...inexact, ...changed }, { backupId: BACKUP_ID }],
    ['no older one is better', { ...inexact, backups: [outlook({ exact: false })] }, {}],
    [
      'Kafka does not hold the records since the older one',
      { ...changed, backups: [outlook({ log: 'damaged' })] },
      {},
    ],
    ['the older one was found damaged', { ...changed, backups: [outlook({ obstacle: 'other bytes' })] }, {}],
    ['Kafka has lost what only the newest backup holds', { ...truncated, ...changed }, {}],
    ['a hole was accepted', changed, { acceptHole: 'feedfeedfeed' }],
    ['another procedure was asked for', { ...inexact, ...changed }, { procedure: 'cold' }],
    ['there is nothing to recover', { database: { ...base.database, state: 'healthy' } }, {}],
    [
      'a recovery goes on',
      {
        ...{ ...inexact, ...changed },
        unfinished: {
          ...{ recoveryId: 'r', backupId: BACKUP_ID, baseline: 'dump', startedAt: 'then', live: false },
          procedure: 'standard',
        },
      },
      {},
    ],
  ])('is not where %s', (_, change, input) => {
    expect(otherStart(planned(change, input), request(input))).toBeUndefined();
  });
});

describe('the plan with the older backup', () => {
  const older = { backup: { ...base.backup, id: OLDER } };
  const damaged = { database: { ...base.database, state: 'damaged' as const } };
  const [lacks, nowhere] = (['lacks events', 'leads nowhere'] as const).map((because) => ({
    ...{ backupId: OLDER, because, reason: '' },
  }));
  const again = { leftOutBefore: { recoveryId: RECOVERY_ID, records: 3, leaveOut } };

  it.each([
    ['it leads out, and the newer one did not', nowhere, older, true],
    ['it leads nowhere either', nowhere, { ...older, ...inexact }, false],
    ['the live database lacks the events, too', lacks, { ...older, ...damaged }, true],
    ['the database is lost', lacks, older, true],
    [
      'the live database holds what the older backup holds',
      lacks,
      { ...older, database: { ...base.database, state: 'healthy' as const } },
      false,
    ],
    [
      'nobody knows whether it does',
      lacks,
      { ...older, database: { ...base.database, state: 'unproven' as const } },
      false,
    ],
    ['what was left out on purpose would come back', lacks, { ...older, ...damaged, ...again }, false],
  ])('is shown or not: %s', (_, other, change, isShown) => {
    if (other === undefined) throw new Error('no other start');
    expect(isBetter(other, planned(change))).toBe(isShown);
  });
});
