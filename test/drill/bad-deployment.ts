import { setTimeout as delay } from 'node:timers/promises';
import { type BedEvent, tableOfTopic } from '../bed/events.ts';
import type { Msr } from '../bed/msr.ts';
import type { LiveProducer, SentEvent } from './live-producer.ts';
import { EVERYTHING_BACK, type Struck } from './struck.ts';

/** How long the deployment is out before somebody rolls it back. */
const OUT_MS = 4_000;

/**
 * A deployment that deletes every other entity of one table and empties the others' states, until it is
 * rolled back; everything goes on meanwhile, through Kafka and the sink, as any other change does.
 */
export async function deployBadly(msr: Msr, producer: LiveProducer): Promise<Struck> {
  const table = tableOfTopic(msr.topics[0] ?? '');
  const from = Date.now();
  producer.deploy({ from, change: (event) => damaged(event, table) });
  await delay(OUT_MS);
  const to = Date.now();
  await producer.rollBack(to);
  const leftOut = numbersLeftOut(producer.sent, { table, from, to });
  const span = `${new Date(from).toISOString()}..${new Date(to).toISOString()}`;
  return {
    ...EVERYTHING_BACK,
    said: `${leftOut.length} events of ${table} deleted or emptied by a deployment, ${span}`,
    flags: ['--skip', `table=${table},${span}`],
    procedure: 'point-in-time',
    verdict: 'recovered, some set aside',
    leftOut,
    missingAfterUndo: [],
  };
}

function damaged(event: BedEvent, table: string): BedEvent {
  const { payload, number } = event;
  if (payload?.table_name !== table) return event;
  const change =
    number % 2 === 0 ? { op: 'd' as const } : { data: JSON.stringify({ n: number, name: null }) };
  return { ...event, payload: { ...payload, ...change } };
}

/** What the skip names, by the events themselves: the drill's own prediction. Pure. */
export function numbersLeftOut(
  sent: readonly SentEvent[],
  { table, from, to }: { readonly table: string; readonly from: number; readonly to: number },
): number[] {
  return sent
    .filter((event) => event.table === table && event.at >= from && event.at < to)
    .map(({ number }) => number);
}
