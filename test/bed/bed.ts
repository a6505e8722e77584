import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConnect } from './connect.ts';
import { startDatabase } from './database.ts';
import { requireJava } from './java.ts';
import { newKafkaLogin, type RunningEngine, reserveKafkaPorts, startKafka } from './kafka.ts';
import { type BedCoordinates, createMsr, type Msr, type MsrOptions } from './msr.ts';
import { freePort } from './ports.ts';

export type { BedCoordinates, Msr, MsrOptions } from './msr.ts';

/** A bed in use: a stranger's handle (a test worker's) has everything but the right to stop it. */
export interface BedHandle extends BedCoordinates {
  createMsr(options: MsrOptions): Promise<Msr>;
}

export interface Bed extends BedHandle {
  /** Stops every engine, drops what was made on a server that was given; the logs stay in `dir`. */
  stop(): Promise<void>;
}

/** The handle of a bed that runs elsewhere. */
export function connectToBed(coordinates: BedCoordinates): BedHandle {
  return { ...coordinates, createMsr: (options) => createMsr(coordinates, options) };
}

/**
 * Starts Kafka, Kafka Connect and TimescaleDB side by side; returns when all of them answer.
 * @throws OperatorError saying what to install, where an engine cannot start; nothing is left running then
 */
export async function startBed(): Promise<Bed> {
  await requireJava();
  const dir = await newBedDir();
  const started: RunningEngine[] = [];
  const stopAll = async (): Promise<void> => {
    // The last started first: Connect leaves Kafka in order, and the sink's sessions end before the server.
    for (const engine of started.reverse()) await engine.stop();
  };
  const keep = async <T extends RunningEngine>(engine: Promise<T>): Promise<T> => {
    const running = await engine;
    started.push(running);
    return running;
  };
  const ports = await reserveKafkaPorts();
  const kafkaLogin = newKafkaLogin(ports);
  const connectPort = await freePort();
  const brokers = [`127.0.0.1:${ports.broker}`];
  const results = await Promise.allSettled([
    keep(startDatabase(join(dir, 'timescale'))),
    keep(startKafka({ dir: join(dir, 'kafka'), ports, login: kafkaLogin })),
    keep(startConnect({ dir: join(dir, 'connect'), brokers, port: connectPort })),
  ]);
  const [database] = results;
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined || database.status === 'rejected') {
    await stopAll();
    throw failure?.reason;
  }
  const { stop: _, ...coordinates } = database.value;
  const handle = connectToBed({
    ...coordinates,
    brokers,
    kafkaLogin,
    connectUrl: `http://127.0.0.1:${connectPort}`,
    dir,
  });
  return { ...handle, stop: stopAll };
}

/**
 * Under the system's temporary directory; other users pass through it (a server's
 * user), its secrets they don't.
 */
async function newBedDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'msr-bed-'));
  await chmod(dir, 0o755);
  console.error(`bed: logs in ${dir}`);
  return dir;
}
