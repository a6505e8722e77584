import { kafkaClient, type RunningEngine } from '../kafka.ts';
import { freePort } from '../ports.ts';
import { startSupervised } from '../supervised.ts';
import { waitFor } from '../wait.ts';
import { kfakeProgram } from './program.ts';

export interface CappedBrokerOptions {
  /** Where its log lies. */
  readonly dir: string;
  readonly topics: Readonly<Record<string, number>>;
  /** The newest version of an API, by its key; -1: the broker does not have it. */
  readonly newest?: Readonly<Record<number, number>>;
  /** The zero uuid stands for every topic's id. */
  readonly withoutIds?: boolean;
}

export interface CappedBroker extends RunningEngine {
  readonly brokers: readonly string[];
}

/** Starts a broker that speaks the protocol as somebody else's does, and returns once it answers. */
export async function startCappedBroker(options: CappedBrokerOptions): Promise<CappedBroker> {
  const { dir, topics, newest = {}, withoutIds = false } = options;
  const port = await freePort();
  const list = (pairs: Readonly<Record<string, number>>, between: string) =>
    Object.entries(pairs)
      .map(([name, value]) => `${name}${between}${value}`)
      .join(',');
  const args = ['-port', String(port), '-topics', list(topics, ':'), '-max', list(newest, '=')];
  const engine = startSupervised({
    name: `kfake-${port}`,
    dir,
    command: await kfakeProgram(),
    args: [...args, ...(withoutIds ? ['-without-ids'] : [])],
  });
  const brokers = [`127.0.0.1:${port}`];
  const admin = kafkaClient(brokers).admin();
  try {
    await waitFor('the capped broker to answer', async () => {
      engine.assertRunning();
      await admin.connect();
      return true;
    });
  } catch (error) {
    await engine.stop();
    throw error;
  } finally {
    await admin.disconnect();
  }
  return { brokers, stop: () => engine.stop() };
}
