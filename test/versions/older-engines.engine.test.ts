import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentProgress } from '../../src/core/progress.ts';
import { readFreeze } from '../../src/freeze/freeze-record.ts';
import { recoverStaleFreeze } from '../../src/freeze/stale-freeze.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { sinkConnect } from '../../src/sink/sink-connect.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { type OtherBed, type OtherBroker, startBrokerOf, startWorkerOf } from '../bed/engines-of-version.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitForRunningSink } from '../bed/sink.ts';
import { runChild } from '../freeze/scene.ts';
import { createOldWorld, expectBackupAndRecovery, type OldWorld } from './scenario.ts';
import {
  expectBackAfterKill,
  expectByDeletion,
  expectRefusedWithoutSecrets,
  sinkSecrets,
} from './stopless.ts';

/** The pair that `npm test` runs; `npm run test:nightly` runs all of them. */
const BROKER = '3.5.2';
const WITHOUT_STOP = '3.4.1';

const bed = sharedBed();
let broker: OtherBroker;
let worker: OtherBed;
let world: OldWorld;

beforeAll(async () => {
  broker = await startBrokerOf(bed, BROKER);
  worker = await startWorkerOf(bed, broker, WITHOUT_STOP);
  world = await createOldWorld(worker, 'stopless', sinkSecrets);
});
afterAll(async () => {
  await world?.end();
  await worker?.stopWorker();
  await broker?.stop();
});

test('a sink that cannot be stopped, nor created again, is refused before anything is done', async () => {
  await expectRefusedWithoutSecrets(world, worker);
});

test(`a worker of ${WITHOUT_STOP}: backup, recovery and undo delete the sink and create it again`, async () => {
  await expectBackupAndRecovery(world, WITHOUT_STOP);
  await expectByDeletion(world, worker, WITHOUT_STOP);
});

test('a sink that was deleted is there again after kill -9', async () => {
  await expectBackAfterKill(world, worker, 'sink-delete.after');
  await world.produceMore();
  await world.expectEverythingOnce();
});

test('and by the next command, where the guardian was killed, too', async () => {
  const { connector } = world.msr;
  const env = world.env({ MSR_SINK_CONNECTOR: connector });
  const child = await runChild('./freezing-process.ts', ['die-together'], env);
  expect(child, child.said).toMatchObject({ signal: 'SIGKILL' });
  const settings = readSettings(env);
  const vault = openVault(settings.vaultUrl);
  expect(await readFreeze(vault, connector)).toBeDefined();
  expect((await fetch(`${worker.connectUrl}/connectors/${connector}`)).status).toBe(404);
  const deps = { settings, vault, connect: sinkConnect({ settings, vault }), progress: silentProgress };
  await recoverStaleFreeze(deps, connector, { guardianGraceMs: 100 });
  await waitForRunningSink(worker.connectUrl, connector);
});
