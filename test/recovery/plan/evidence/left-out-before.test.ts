import { describe, expect, it } from 'vitest';
import {
  findLeftOutBefore,
  isBefore,
  leaveOutAgain,
} from '../../../../src/recovery/plan/evidence/left-out-before.ts';
import { leftOutAgainRemarks } from '../../../../src/recovery/plan/evidence/suspicion-remarks.ts';
import type { LeaveOut } from '../../../../src/recovery/plan/leave-out.ts';
import { VaultPath } from '../../../../src/vault/vault.ts';
import { temporaryVault } from '../../../vault/temporary-vault.ts';
import { assessment } from '../sample-assessment.ts';

const T = '2026-11-23T10:05:00.000Z';
const ID = '20261123T120000Z-aaaa';
const at = (offset: number, partition = 0) => ({ topic: 't', partition, offset });
const range = (from: number, to: number, partition = 0) => ({ topic: 't', partition, from, to });
const ends = [at(100), at(50, 1)];
const stop: LeaveOut = { by: 'event-time', until: T, after: 'stop', skips: [] };

describe('what an earlier recovery left out', () => {
  it.each<[string, LeaveOut, LeaveOut]>([
    [
      'from a moment on ends where its sink went on',
      stop,
      {
        by: 'event-time',
        after: 'continue',
        skips: [{ from: T, offsets: [range(0, 100), range(0, 50, 1)] }],
      },
    ],
    [
      'from offsets on, too',
      { by: 'event-time', untilOffsets: [at(40)], after: 'stop', skips: [] },
      { by: 'event-time', after: 'continue', skips: [{ offsets: [range(40, 100)] }] },
    ],
    [
      'by a skip is left out up to there, and not what came after it',
      { by: 'event-time', after: 'continue', skips: [{ table: 'gis.track' }] },
      {
        by: 'event-time',
        after: 'continue',
        skips: [{ table: 'gis.track', offsets: [range(0, 100), range(0, 50, 1)] }],
      },
    ],
    [
      'by skips since a moment keeps the moment',
      { ...stop, after: 'continue', skips: [{ operation: 'd' }] },
      {
        ...stop,
        after: 'continue',
        skips: [{ operation: 'd', offsets: [range(0, 100), range(0, 50, 1)] }],
      },
    ],
  ])('%s', (_, leaveOut, again) => {
    expect(leaveOutAgain(leaveOut, ends)).toEqual(again);
  });

  it.each([
    ['before it', [at(99), at(50, 1)], true],
    ['before it in a partition that it did not know', [at(100)], true],
    ['at it', [at(100), at(50, 1)], false],
    ['after it', [at(101), at(60, 1)], false],
  ])('a backup is %s', (_, cut, expected) => expect(isBefore(cut, ends)).toBe(expected));
});

describe('a plan', () => {
  const cut = (offset: number) =>
    ({ cut: { offsets: [at(offset)] } }) as Parameters<typeof findLeftOutBefore>[1];
  const documents = {
    quarantine: { records: 3, files: [] },
    plan: { course: { holes: [], starts: [], leaveOut: stop } },
    report: { procedure: 'point-in-time', outcome: 'recovered', setAside: 3 },
    'ledger-cutover': { partitions: [{ topic: 't', partition: 0, start: 0, end: 100 }] },
  };
  const undone = (procedure: string) => ({ 'undo-report': { procedure, outcome: 'recovered' } });

  it.each<[string, number, Record<string, unknown>, boolean]>([
    ['finds it from a backup of before', 90, documents, true],
    ['does not from a backup of since', 100, documents, false],
    ['does not where it was undone', 90, { ...documents, ...undone('undo') }, false],
    ['does where the undo was taken back', 90, { ...documents, ...undone('redo') }, true],
    [
      'does not where it failed',
      90,
      { ...documents, report: { ...documents.report, outcome: 'not recovered' } },
      false,
    ],
    ['does not where only poison was set aside', 90, { ...documents, plan: {} }, false],
  ])('%s', async (_, offset, stored, found) => {
    const { vault } = temporaryVault();
    for (const [name, content] of Object.entries(stored)) {
      await vault.writeDocument(VaultPath.recoveryDocument(ID, name), JSON.stringify(content));
    }
    expect((await findLeftOutBefore(vault, cut(offset)))?.recoveryId).toBe(found ? ID : undefined);
  });

  it('says how to leave it out again', () => {
    const leftOutBefore = { recoveryId: ID, records: 3, leaveOut: leaveOutAgain(stop, [at(100)]) };
    expect(leftOutAgainRemarks(assessment({ leftOutBefore }))).toEqual([
      `the recovery ${ID} has set 3 records aside, and this backup is from before it: they would be written again. \`msr recover --skip 'from=${T},offsets=t-0:0..100'\` leaves them out again; a backup that was taken since does not hold them`,
    ]);
    const asked = { ...leftOutBefore.leaveOut, obstacles: [], events: null, facts: [] };
    expect(leftOutAgainRemarks(assessment({ leftOutBefore, leaveOut: asked }))).toEqual([]);
  });
});
