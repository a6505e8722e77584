import { kafkaClient } from '../../bed/kafka.ts';
import type { BedCoordinates, Msr } from '../../bed/msr.ts';
import { value } from '../../sink/records.ts';

/**
 * Events that carry their own number, each partition in order, so that a test knows what stands at an
 * offset.
 */
export interface Numbered {
  /** Numbers by `topic-partition`, by offset. */
  readonly at: ReadonlyMap<string, readonly number[]>;
  /** Sends so many more, round about the partitions. @returns the number of the last one of all */
  send(count: number): Promise<number>;
}

/** @param first the number of the first event */
export function numberedEvents(
  bed: BedCoordinates,
  msr: Pick<Msr, 'topics'>,
  partitions: number,
  first = 1,
): Numbered {
  const at = new Map<string, number[]>();
  let next = first;
  return {
    at,
    send: async (count) => {
      const producer = kafkaClient(bed.brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      const numbers = Array.from({ length: count }, () => next++);
      const slots = msr.topics.flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
      );
      for (const [index, { topic, partition }] of slots.entries()) {
        const own = numbers.filter((n) => n % slots.length === index);
        const key = `${topic}-${partition}`;
        at.set(key, [...(at.get(key) ?? []), ...own]);
        if (own.length > 0)
          await producer.send({ topic, messages: own.map((n) => ({ partition, value: event(n) })) });
      }
      await producer.disconnect();
      return next - 1;
    },
  };
}

function event(n: number): string {
  const time = Date.now() - 3_600_000 + n;
  const payload = { entity_id: `e${n % 17}`, op: 'u', event_timestamp: time, table_name: 'gis.track' };
  return value({ ...payload, data: `{"n":${n}}` });
}

/** How often the live database holds each number, by plain SQL. */
async function heldNumbers(msr: Msr): Promise<ReadonlyMap<number, number>> {
  return await msr.query('admin', async (client) => {
    const { rows } = await client.query<{ n: number; copies: number }>(
      `SELECT (entity_state->>'n')::int AS n, count(*)::int AS copies FROM msr.cdc_event GROUP BY 1`,
    );
    return new Map(rows.map(({ n, copies }) => [n, copies]));
  });
}

/** What of 1 to `last` is not held, and what is held more than once. */
export async function lostAndDoubled(msr: Msr, last: number): Promise<{ lost: number[]; doubled: number[] }> {
  const held = await heldNumbers(msr);
  const all = Array.from({ length: last }, (_, index) => index + 1);
  return {
    lost: all.filter((n) => !held.has(n)),
    doubled: [...held].filter(([, copies]) => copies > 1).map(([n]) => n),
  };
}
