import { type BedEvent, history } from '../../bed/events.ts';
import type { BedCoordinates, Msr } from '../../bed/msr.ts';
import { bedProducer, sendEvents } from '../../bed/produce.ts';
import { waitFor } from '../../bed/wait.ts';

/**
 * A source that goes on, and sends some of its events again as one does that has lost its own offsets.
 */
export interface ForgetfulSource {
  /** Returns once so many more batches are acknowledged. */
  goOn(batches: number): Promise<void>;
  /** Ends after the batch under way. @throws what a send threw */
  stop(): Promise<void>;
  /** How often Kafka has acknowledged each number. */
  readonly sent: ReadonlyMap<number, number>;
}

const BATCH = 60;
const TICK_MS = 40;

/** Sends as long as it is not stopped: each third batch comes again soon, each fifth one much later. */
export async function startForgetfulSource(
  bed: BedCoordinates,
  { topics }: Pick<Msr, 'topics'>,
): Promise<ForgetfulSource> {
  const producer = bedProducer(bed.brokers);
  await producer.connect();
  const sent = new Map<number, number>();
  const batches: BedEvent[][] = [];
  let stopping = false;
  const send = async (events: readonly BedEvent[] | undefined) => {
    if (events === undefined) return;
    await sendEvents(producer, events);
    for (const { number } of events) sent.set(number, (sent.get(number) ?? 0) + 1);
  };
  const loop = (async () => {
    while (!stopping) {
      const index = batches.length;
      const firstNumber = 1 + index * BATCH;
      const to = new Date();
      const from = new Date(to.getTime() - TICK_MS);
      batches.push([...history({ seed: firstNumber, count: BATCH, topics, from, to, firstNumber })]);
      await send(batches[index]);
      if (index % 3 === 0) await send(batches[index - 1]);
      if (index % 5 === 0) await send(batches[index - 40]);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  })();
  loop.catch(() => {});
  return {
    sent,
    goOn: async (more) => {
      const goal = batches.length + more;
      await waitFor(`${more} more batches`, async () => batches.length >= goal);
    },
    stop: async () => {
      stopping = true;
      try {
        await loop;
      } finally {
        await producer.disconnect();
      }
    },
  };
}

/** By plain SQL: which numbers the live database holds less, and more, often than they were sent. */
export async function compareWithSent(
  msr: Msr,
  sent: ReadonlyMap<number, number>,
): Promise<{ lost: number; doubled: number; rows: number }> {
  return await msr.query('admin', async (client) => {
    const { rows } = await client.query<Record<'lost' | 'doubled' | 'rows', string>>(
      `WITH held AS (SELECT (entity_state->>'n')::bigint AS n, count(*) AS copies FROM msr.cdc_event GROUP BY 1),
            sent AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS sent (n, copies))
       SELECT coalesce(sum(greatest(coalesce(sent.copies, 0) - coalesce(held.copies, 0), 0)), 0) AS lost,
              coalesce(sum(greatest(coalesce(held.copies, 0) - coalesce(sent.copies, 0), 0)), 0) AS doubled,
              coalesce(sum(held.copies), 0) AS rows
       FROM held FULL JOIN sent ON sent.n = held.n`,
      [[...sent.keys()], [...sent.values()]],
    );
    const [row] = rows;
    return { lost: Number(row?.lost), doubled: Number(row?.doubled), rows: Number(row?.rows) };
  });
}

/** All that was sent, copies too. */
export function sumOf(sent: ReadonlyMap<number, number>): number {
  return [...sent.values()].reduce((sum, copies) => sum + copies, 0);
}
