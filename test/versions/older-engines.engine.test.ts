import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OtherBed, type OtherBroker, startBrokerOf, startWorkerOf } from '../bed/engines-of-version.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { createOldWorld, expectBackupAndRecovery, expectRefused, type OldWorld } from './scenario.ts';

/** The pair that `npm test` runs; `npm run test:nightly` runs all of them. */
const BROKER = '3.5.2';
const WORKER = '3.9.2';
const TOO_OLD = '3.5.2';

const bed = sharedBed();
let broker: OtherBroker;
let workers: readonly OtherBed[];
let world: OldWorld;

beforeAll(async () => {
  broker = await startBrokerOf(bed, BROKER);
  workers = await Promise.all([startWorkerOf(bed, broker, WORKER), startWorkerOf(bed, broker, TOO_OLD)]);
  const [worker] = workers;
  if (worker === undefined) throw new Error('no worker');
  world = await createOldWorld(worker, 'older');
});
afterAll(async () => {
  await world?.end();
  for (const { stopWorker } of workers ?? []) await stopWorker();
  await broker?.stop();
});

test(`a backup and a recovery work with broker ${BROKER} and worker ${WORKER}`, async () => {
  await expectBackupAndRecovery(world, WORKER);
});

test(`a worker of ${TOO_OLD} is told by the doctor and refused before anything is stopped`, async () => {
  const [, tooOld] = workers;
  expect(tooOld).toBeDefined();
  if (tooOld !== undefined) await expectRefused(world, tooOld, TOO_OLD);
});
