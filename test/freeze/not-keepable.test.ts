import { expect, test } from 'vitest';
import { silentProgress } from '../../src/core/progress.ts';
import { withFrozenSink } from '../../src/freeze/freeze.ts';
import { readFreeze } from '../../src/freeze/freeze-record.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { fakeConnect } from './fake-connect.ts';

test('nothing is stopped that would have to be deleted, and could not be created again', async () => {
  const { vault, url } = temporaryVault();
  const connect = fakeConnect({
    worker: async () => ({ version: '3.4.1', kafkaClusterId: 'one' }),
    config: async () => ({ 'connection.password': 'planted' }),
  });
  const settings = readSettings({
    MSR_DATABASE_URL: 'postgres://u:p@localhost/msr',
    MSR_VAULT_URL: url,
    MSR_KAFKA_BROKERS: 'localhost:9092',
    MSR_CONNECT_URL: connect.url,
  });
  const deps = {
    connect,
    kafkaAdmin: { groupState: async () => 'Empty' },
    vault,
    progress: silentProgress,
    settings,
  };
  const request = { connector: 'sink', group: 'g', purpose: 'cutover', owner: 'a test' } as const;
  await expect(
    withFrozenSink(deps, { ...request, whenNotRunning: 'stop' }, async () => expect.unreachable()),
  ).rejects.toMatchObject({
    message:
      'sink can only be stopped by deleting it, and MSR_CONNECTOR_SECRETS lacks connection.password to create it again',
    hint: expect.stringContaining('the secrets stand in MSR_CONNECTOR_SECRETS'),
  });
  expect(connect.calls).toEqual([]);
  expect(await readFreeze(vault, 'sink')).toBeUndefined();
});
