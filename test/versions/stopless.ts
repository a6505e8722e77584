import { expect } from 'vitest';
import type { Failpoint } from '../../src/core/failpoint.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import type { KafkaVersion } from '../bed/cache.ts';
import type { OtherBed } from '../bed/engines-of-version.ts';
import type { Msr } from '../bed/msr.ts';
import { waitForRunningSink } from '../bed/sink.ts';
import { runChild, waitForThaw } from '../freeze/scene.ts';
import { expectEnd, type OldWorld } from './scenario.ts';

/** What a sink of a worker without STOP is created again with. */
export function sinkSecrets({ connector, sinkConfig }: Msr): Record<string, string> {
  const secrets = { 'connection.password': sinkConfig['connection.password'] };
  return { MSR_CONNECTOR_SECRETS: JSON.stringify({ [connector]: secrets }) };
}

/**
 * Without the secrets that the sink is created again with: the doctor tells it, backup and recovery are
 * refused with the remedy, and the worker was asked to do nothing.
 */
export async function expectRefusedWithoutSecrets(
  world: OldWorld,
  worker: Pick<OtherBed, 'commands'>,
): Promise<void> {
  const { connector } = world.msr;
  const lacks = `${connector} can only be stopped by deleting it, and MSR_CONNECTOR_SECRETS lacks connection.password to create it again`;
  const without = { MSR_CONNECTOR_SECRETS: '{}' };
  const before = await worker.commands();
  const { checks } = JSON.parse((await world.run(['doctor', '--json'], without)).stdout);
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'kafka connect', outcome: 'failed', fact: lacks }),
  );
  const backup = await world.run(['backup', '--ignore-maintenance'], without);
  expectEnd(backup, 1);
  expect(backup.stderr).toContain(lacks);
  expect(backup.stderr).toContain('HINT: nothing was stopped; the secrets stand in MSR_CONNECTOR_SECRETS as');
  expect(await worker.commands()).toEqual(before);
}

/**
 * A process that freezes the sink dies there, and its guardian brings the sink back as it was.
 * @param what as freezing-process.ts takes it
 */
export async function expectBackAfterKill(
  world: OldWorld,
  { connectUrl }: Pick<OtherBed, 'connectUrl'>,
  failpoint: Failpoint,
  what: 'plain' | 'correct' = 'plain',
): Promise<void> {
  const { connector } = world.msr;
  const env = world.env({ MSR_SINK_CONNECTOR: connector });
  const vault = openVault(readSettings(env).vaultUrl);
  const child = await runChild('./freezing-process.ts', [what], env, failpoint);
  expect(child, child.said).toMatchObject({ signal: 'SIGKILL' });
  await waitForThaw(vault, connector);
  expect(await vault.readDocument(VaultPath.keptSink(connector))).toBeUndefined();
  await waitForRunningSink(connectUrl, connector);
}

/**
 * The doctor warns; a backup, a recovery and its undo were made by deleting the sink, and it is as it
 * was.
 */
export async function expectByDeletion(
  world: OldWorld,
  worker: Pick<OtherBed, 'commands' | 'connectUrl'>,
  version: KafkaVersion,
): Promise<void> {
  const { connector, sinkConfig } = world.msr;
  const { checks } = JSON.parse((await world.run(['doctor', '--json'])).stdout);
  expect(checks).toContainEqual(
    expect.objectContaining({
      name: 'kafka connect',
      outcome: 'warning',
      fact: expect.stringContaining(`version ${version} knows no STOP (KIP-875)`),
    }),
  );
  expectEnd(await world.run(['recover', '--undo', '--yes']), 0);
  await world.produceMore();
  await world.expectEverythingOnce();
  const commands = await worker.commands();
  const deleted = commands.filter((command) => command === `DELETE /connectors/${connector}`);
  const created = commands.filter((command) => command === 'POST /connectors');
  expect(deleted.length).toBeGreaterThanOrEqual(3);
  // A worker refuses some of them in a rebalance, and is asked again.
  expect(created.length).toBeGreaterThanOrEqual(deleted.length);
  const config = await fetch(`${worker.connectUrl}/connectors/${connector}/config`);
  expect(await config.json()).toMatchObject({ ...sinkConfig, name: connector });
}
