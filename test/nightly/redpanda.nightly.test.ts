import { afterAll, beforeAll, test } from 'vitest';
import { KAFKA_VERSION } from '../bed/cache.ts';
import { type OtherBed, startWorkerOf } from '../bed/engines-of-version.ts';
import { REDPANDA_24 } from '../bed/kfake/caps.ts';
import { type CappedBroker, startCappedBroker } from '../bed/kfake/start.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { createOldWorld, expectBackupAndRecovery, type OldWorld } from '../versions/scenario.ts';

const CREATE_TOPICS = 19;

const bed = sharedBed();
let broker: CappedBroker;
let worker: OtherBed;
let world: OldWorld;

beforeAll(async () => {
  // kfake tells no source of a new topic's settings, which Java's client takes for a
  // fault; before 5 none is told.
  const newest = { ...REDPANDA_24, [CREATE_TOPICS]: 4 };
  broker = await startCappedBroker({ dir: bed.dir, topics: {}, newest });
  worker = await startWorkerOf(bed, { ...broker, dir: bed.dir, kafkaLogin: bed.kafkaLogin }, KAFKA_VERSION);
  world = await createOldWorld(worker, 'redpanda');
});
afterAll(async () => {
  await world?.end();
  await worker?.stopWorker();
  await broker?.stop();
});

test("a backup and a recovery work within Redpanda 24.3's versions", async () => {
  await expectBackupAndRecovery(world, KAFKA_VERSION);
});
