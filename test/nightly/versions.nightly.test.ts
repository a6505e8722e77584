import { afterAll, beforeAll, describe, test } from 'vitest';
import { KAFKA_VERSION, type KafkaVersion } from '../bed/cache.ts';
import { type OtherBed, type OtherBroker, startBrokerOf, startWorkerOf } from '../bed/engines-of-version.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import {
  createOldWorld,
  expectBackupAndRecovery,
  expectRefused,
  type OldWorld,
} from '../versions/scenario.ts';

const BROKERS: readonly KafkaVersion[] = ['2.8.2', '3.5.2', '3.9.2', KAFKA_VERSION];
const WORKERS: readonly KafkaVersion[] = ['3.9.2', KAFKA_VERSION];
const TOO_OLD: KafkaVersion = '3.5.2';

const bed = sharedBed();

describe.each(BROKERS)('broker %s', (brokerVersion) => {
  let broker: OtherBroker;

  beforeAll(async () => {
    broker = await startBrokerOf(bed, brokerVersion);
  });
  afterAll(() => broker?.stop());

  describe.each(WORKERS)('worker %s', (version) => {
    let worker: OtherBed;
    let world: OldWorld;

    beforeAll(async () => {
      worker = await startWorkerOf(bed, broker, version);
      world = await createOldWorld(worker, `on${brokerVersion}by${version}`.replaceAll('.', ''));
    });
    afterAll(async () => {
      await world?.end();
      await worker?.stopWorker();
    });

    test('a backup and a recovery lose nothing and double nothing', async () => {
      await expectBackupAndRecovery(world, version);
    });

    if (version !== KAFKA_VERSION) return;
    test(`and with a worker of ${TOO_OLD} they are refused`, async () => {
      const tooOld = await startWorkerOf(bed, broker, TOO_OLD);
      try {
        await expectRefused(world, tooOld, TOO_OLD);
      } finally {
        await tooOld.stopWorker();
      }
    });
  });
});
