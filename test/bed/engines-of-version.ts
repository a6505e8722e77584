import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BedCoordinates, type BedHandle, connectToBed } from './bed.ts';
import type { BrokerTls } from './broker-metadata.ts';
import type { KafkaVersion } from './cache.ts';
import { startConnect } from './connect.ts';
import { newKafkaLogin, type RunningKafka, reserveKafkaPorts, startKafka } from './kafka.ts';
import { freePort } from './ports.ts';

/** A broker beside the bed's own. */
export interface OtherBroker extends RunningKafka, Pick<BedCoordinates, 'brokers' | 'kafkaLogin'> {
  readonly dir: string;
}

/** Starts a broker of another version; its log lies with the bed's. */
export async function startBrokerOf(
  bed: BedCoordinates,
  version: KafkaVersion,
  tls?: BrokerTls,
): Promise<OtherBroker> {
  const ports = await reserveKafkaPorts();
  const login = newKafkaLogin(ports);
  const dir = join(bed.dir, `kafka-${version}`);
  const kafka = await startKafka({ dir, ports, login, version, ...(tls && { tls }) });
  return { brokers: [`127.0.0.1:${ports.broker}`], kafkaLogin: login, dir, ...kafka };
}

/** The bed's database server, with another broker and a worker of another version. */
export interface OtherBed extends BedHandle {
  /** What the worker was asked to do by REST, from its own log: `PUT /connectors/x/stop`, reads left out. */
  commands(): Promise<string[]>;
  /** Stops the worker; the broker goes on. */
  stopWorker(): Promise<void>;
}

/** Starts a worker of another version on such a broker. */
export async function startWorkerOf(
  bed: BedCoordinates,
  broker: Pick<OtherBroker, 'brokers' | 'kafkaLogin' | 'dir'>,
  version: KafkaVersion,
): Promise<OtherBed> {
  const port = await freePort();
  const name = `connect-${version}`;
  const { brokers, kafkaLogin } = broker;
  const dir = join(broker.dir, name);
  const worker = await startConnect({ dir, brokers, port, version, name });
  const coordinates = { ...bed, brokers, kafkaLogin, connectUrl: `http://127.0.0.1:${port}` };
  return {
    ...connectToBed(coordinates),
    commands: async () => {
      const log = await readFile(join(dir, 'connect.log'), 'utf8');
      return [...log.matchAll(/"((?:PUT|POST|PATCH|DELETE) \S+) HTTP\//g)].map(
        ([, command]) => command ?? '',
      );
    },
    stopWorker: () => worker.stop(),
  };
}
