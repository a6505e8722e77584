import { expect } from 'vitest';
import { type BedEvent, history } from '../bed/events.ts';
import { INSERT_EVENTS_SQL } from '../bed/maintenance-truth.ts';
import type { Msr } from '../bed/msr.ts';

const DAY_MS = 86_400_000;

/** Events of the days [from, to) before now; `n` in the state is their number. */
export function daysOfEvents(
  msr: Pick<Msr, 'topics'>,
  {
    from,
    to,
    perDay = 400,
    firstNumber = 1,
    seed = 11,
  }: {
    readonly from: number;
    readonly to: number;
    readonly perDay?: number;
    readonly firstNumber?: number;
    readonly seed?: number;
  },
): BedEvent[] {
  const now = Date.now();
  return [
    ...history({
      seed,
      count: Math.ceil((from - to) * perDay),
      topics: msr.topics,
      from: new Date(now - from * DAY_MS),
      to: new Date(now - to * DAY_MS),
      entities: 150,
      firstNumber,
    }),
  ];
}

/** Writes events as the sink would, without Kafka. */
export async function insertEvents(msr: Msr, events: readonly BedEvent[]): Promise<void> {
  const payloads = events.flatMap(({ payload }) => (payload === null ? [] : [payload]));
  await msr.query('sink', (session) => session.query(INSERT_EVENTS_SQL, [JSON.stringify(payloads)]));
}

/** Compresses the chunks of the aggregate's and the events' older days, as the columnstore policies do. */
export async function compressOldChunks(msr: Msr): Promise<number> {
  return msr.query('owner', async (session) => {
    const { rows } = await session.query<{ chunk: string }>(
      `SELECT compress_chunk(c)::text AS chunk FROM show_chunks('msr.cdc_event', older_than => INTERVAL '2 days') c`,
    );
    expect(rows.length).toBeGreaterThan(0);
    return rows.length;
  });
}
