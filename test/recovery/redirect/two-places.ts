import { expect } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import { jdbcServer } from '../../../src/clients/jdbc-url.ts';
import type { Msr } from '../../bed/msr.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { waitFor } from '../../bed/wait.ts';
import type { MsrResult } from '../../cli/run-msr.ts';
import { sinkState, someEvents, type Tally } from '../../freeze/scene.ts';

export interface TwoPlaces {
  /** Numbered events into Kafka, so that each can be looked for. */
  produce(count?: number): Promise<void>;
  /** How many events the live name of that server holds. */
  tally(url: string): Promise<Tally>;
  /**
   * Producers go on meanwhile; afterwards that database holds every event once, and the sink writes there.
   */
  expectEverythingOnceAt(url: string): Promise<void>;
}

/** An MSR whose live name moves between servers, and what was ever produced for it. */
export function twoPlaces(msr: Msr, connectUrl: string): TwoPlaces {
  let produced = 0;
  const sinkServer = async () => {
    const config = await connectClient({ url: connectUrl }).config(msr.connector);
    return jdbcServer(config['connection.url'] ?? '');
  };
  // As one that was started anew since: its database is where the sink writes.
  msr.api.follow(async () => {
    const url = new URL(msr.url('api'));
    return `${url.protocol}//${url.username}:${url.password}@${await sinkServer()}`;
  });
  const produce = async (count = 200): Promise<void> => {
    await msr.produce(someEvents(msr, count, produced + 1));
    produced += count;
  };
  return {
    produce,
    tally: tallyAt,
    expectEverythingOnceAt: async (url) => {
      await produce();
      await waitFor(`${produced} events at ${new URL(url).host}`, async () => {
        expect(await tallyAt(url)).toEqual({ rows: produced, numbers: produced });
        return true;
      });
      expect(await sinkState(msr)).toBe('RUNNING');
      const { hostname, port, pathname } = new URL(url);
      expect(await sinkServer()).toBe(`${hostname}:${port}${pathname}`);
    },
  };
}

async function tallyAt(url: string): Promise<Tally> {
  const { rows } = await withClient(url, (client) =>
    client.query<Tally>(
      `SELECT count(*)::int AS rows, count(DISTINCT entity_state ->> 'n')::int AS numbers FROM msr.cdc_event`,
    ),
  );
  return rows[0] ?? { rows: -1, numbers: -1 };
}

export function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(exitCode);
}
