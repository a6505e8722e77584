import { expect, it } from 'vitest';
import { createFreeze, newFreezeRecord } from '../../../src/freeze/freeze-record.ts';
import { guardDiscard } from '../../../src/recovery/restore/guard-discard.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

const CONNECTOR = 'cdc-sink-connector';
const RESTORE = { name: 'msr-restore-x', backupId: '20261123T041500Z-9f3a' };

const sinkAt = (url: string) => ({ config: async () => ({ 'connection.url': url }) });

it.each([
  ['jdbc:postgresql://b.internal:5433/msr?stringtype=unspecified', ['b.internal:5433']],
  ['jdbc:postgresql://b.internal/msr', ['b.internal:5432']],
  ['jdbc:other://b.internal/msr', []],
])('tells where the sink at %s writes', async (url, sinkServers) => {
  const guards = { vault: temporaryVault().vault, connect: sinkAt(url), sinkConnector: CONNECTOR };
  expect(await guardDiscard(guards, RESTORE)).toEqual({ sinkServers, liveCopies: [] });
});

it('refuses while a cutover was broken off: the sink is not yet where its configuration will name it', async () => {
  const { vault } = temporaryVault();
  const guards = { vault, connect: sinkAt('jdbc:postgresql://a/msr'), sinkConnector: CONNECTOR };
  const owner = '20261124T041500Z-1111';
  const record = newFreezeRecord({ connector: CONNECTOR, purpose: 'cutover', owner, found: 'RUNNING' });
  await createFreeze(vault, { ...record, cutover: { recoveryId: owner, databaseOid: 16_384 } });
  await expect(guardDiscard(guards, RESTORE)).rejects.toThrow(
    `in the middle of a cutover of the recovery ${owner}: which database is live is not settled`,
  );
});
