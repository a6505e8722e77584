import { afterAll, beforeAll, describe, test } from 'vitest';
import { KAFKA_VERSION, type KafkaVersion } from '../bed/cache.ts';
import { type OtherBed, type OtherBroker, startBrokerOf, startWorkerOf } from '../bed/engines-of-version.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { createOldWorld, expectBackupAndRecovery, type OldWorld } from '../versions/scenario.ts';
import { expectBackAfterKill, sinkSecrets } from '../versions/stopless.ts';

const BROKERS: readonly KafkaVersion[] = ['2.8.2', '3.5.2', '3.9.2', KAFKA_VERSION];
/** Before 3.6 no worker sets offsets, before 3.5 none stops a sink. */
const WORKERS: readonly KafkaVersion[] = ['2.8.2', '3.4.1', '3.5.2', '3.9.2', KAFKA_VERSION];

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
      world = await createOldWorld(worker, `on${brokerVersion}by${version}`.replaceAll('.', ''), sinkSecrets);
    });
    afterAll(async () => {
      await world?.end();
      await worker?.stopWorker();
    });

    test('a backup and a recovery lose nothing and double nothing', async () => {
      await expectBackupAndRecovery(world, version);
    });

    if (version !== '3.4.1') return;
    test.each([
      ['sink-delete.before', 'plain'],
      ['sink-delete.after', 'plain'],
      ['connector-create.before', 'plain'],
      ['connector-create.after', 'plain'],
      ['offset-alter.before', 'correct'],
      ['offset-alter.after', 'correct'],
    ] as const)('its sink is there again after kill -9 at %s', async (failpoint, what) => {
      await expectBackAfterKill(world, worker, failpoint, what);
    });
  });
});
