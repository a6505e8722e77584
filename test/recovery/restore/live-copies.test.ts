import { describe, expect, it } from 'vitest';
import { type RecoveryDocument, writeRecoveryDocument } from '../../../src/recovery/documents.ts';
import {
  fateOf,
  requireNotLive,
  restoreName,
  type VolumeRecovery,
  volumeRecoveries,
} from '../../../src/recovery/restore/live-copies.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

const ID = '20261123T041500Z-9f3a';
const LATER = '20261124T041500Z-1111';
const BACKUP = '20261122T041500Z-0b0b';

const end = (procedure: string, outcome: string, decision?: string) => ({
  procedure,
  outcome,
  ...(decision === undefined ? {} : { rollBack: { decision } }),
});
const recovered = end('standard', 'recovered');

describe('the fate of a recovery from volumes', () => {
  it.each([
    ['was killed before its report', undefined, undefined, 'open'],
    ['failed before its commit point', end('standard', 'not recovered', 'rolled back'), undefined, 'over'],
    ['failed, and could not be rolled back', end('standard', 'not recovered'), undefined, 'open'],
    ['is stuck past its commit point', end('standard', 'not recovered', 'stuck'), undefined, 'live'],
    ['recovered', recovered, undefined, 'live'],
    ['was undone', recovered, end('undo', 'recovered'), 'over'],
    ['was not undone in the end', recovered, end('undo', 'not recovered', 'rolled back'), 'live'],
    ['was undone, and that taken back', recovered, end('redo', 'recovered'), 'live'],
  ] as const)('that %s', (_, report, undo, fate) => {
    expect(fateOf(report, undo)).toBe(fate);
  });

  it('is read from the vault, for the recoveries from the volumes of that backup alone', async () => {
    const { vault } = temporaryVault();
    const write = (id: string, name: RecoveryDocument, content: object) =>
      writeRecoveryDocument(vault, id, name, content);
    const startedAt = '2026-11-23T04:15:00.000Z';
    const endedAt = '2026-11-23T05:15:00.000Z';
    await write(ID, 'started', { backupId: BACKUP, baseline: 'volumes', startedAt });
    await write(ID, 'report', { ...recovered, endedAt });
    await write(LATER, 'started', { backupId: BACKUP, baseline: 'dump', startedAt });
    expect(await volumeRecoveries(vault, BACKUP)).toEqual([
      { recoveryId: ID, fate: 'live', endedAt: new Date(endedAt), newest: false },
    ]);
    expect(await volumeRecoveries(vault, LATER)).toEqual([]);
  });
});

describe('what a recovery brought up', () => {
  const recovery = (change: Partial<VolumeRecovery>): VolumeRecovery => ({
    ...{ recoveryId: ID, fate: 'over', endedAt: new Date(0), newest: true },
    ...change,
  });
  const name = restoreName(ID);

  it('is kept where it became the live database', () => {
    expect(() => requireNotLive(name, [recovery({ fate: 'live', newest: false })])).toThrow(
      `${name} became the live database by the recovery ${ID}, which was not undone: nothing was removed`,
    );
  });

  it('is kept while the recovery can go on, and may go once another one has begun', () => {
    expect(() => requireNotLive(name, [recovery({ fate: 'open' })])).toThrow('has not ended');
    expect(requireNotLive(name, [recovery({ fate: 'open', newest: false })])).toEqual([]);
  });

  it('may go where it failed or was undone; what others made live is told', () => {
    expect(requireNotLive(name, [recovery({})])).toEqual([]);
    const live = recovery({ recoveryId: LATER, fate: 'live' });
    const copy = { recoveryId: LATER, name: restoreName(LATER), endedAt: new Date(0) };
    expect(requireNotLive(name, [live, recovery({ newest: false })])).toEqual([copy]);
    expect(requireNotLive('by-hand', [live])).toEqual([copy]);
  });
});
