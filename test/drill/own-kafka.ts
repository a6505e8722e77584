import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BedHandle, connectToBed } from '../bed/bed.ts';
import { startMetadata } from '../bed/broker-metadata.ts';
import { KAFKA_VERSION } from '../bed/cache.ts';
import { startConnect } from '../bed/connect.ts';
import { newKafkaLogin, type RunningEngine, reserveKafkaPorts, startKafka } from '../bed/kafka.ts';
import { freePort } from '../bed/ports.ts';

/** A broker and a Connect worker that may be lost: those of the bed belong to others, too. */
export interface OwnKafka {
  /** The bed with this Kafka in place of its own. */
  readonly bed: BedHandle;
  /**
   * What a lost disk leaves: the broker comes back empty, as another cluster. Connect kept its
   * connectors and their offsets in it.
   */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnKafka(bed: BedHandle): Promise<OwnKafka> {
  const dir = await mkdtemp(join(tmpdir(), 'msr-own-kafka-'));
  const ports = await reserveKafkaPorts();
  const port = await freePort();
  const kafkaLogin = newKafkaLogin(ports);
  const brokers = [`127.0.0.1:${ports.broker}`];
  const kafka = await startKafka({ dir, ports, login: kafkaLogin });
  const startWorker = () => startConnect({ dir: join(dir, 'connect'), brokers, port, name: 'own' });
  let connect: RunningEngine | undefined;
  const stop = async () => {
    await connect?.stop();
    await kafka.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    connect = await startWorker();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    bed: connectToBed({ ...bed, brokers, kafkaLogin, connectUrl: `http://127.0.0.1:${port}` }),
    lose: async () => {
      await connect?.stop();
      connect = undefined;
      await kafka.whileDown(async () => {
        await rm(join(dir, 'data'), { recursive: true });
        const config = join(dir, 'server.properties');
        await startMetadata(KAFKA_VERSION, { dir, config, port: ports.controller });
      });
      connect = await startWorker();
    },
    stop,
  };
}
