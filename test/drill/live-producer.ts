import type { Producer } from 'kafkajs';
import { type BedEvent, history } from '../bed/events.ts';
import { bedProducer, sendEvents } from '../bed/produce.ts';

/** One acknowledged batch: when the broker had all of it. */
export interface Acknowledged {
  readonly at: Date;
  readonly events: number;
}

export interface LiveProducer {
  readonly acknowledged: readonly Acknowledged[];
  /**
   * Ends after the batch under way; answers the number of the last acknowledged event.
   * @throws what a send threw
   */
  stop(): Promise<number>;
}

export interface LiveProducerOptions {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly seed: number;
  readonly firstNumber: number;
  /** Asked for each batch: a platform's rate is not steady. */
  readonly eventsPerSecond: () => number;
}

/** Batches are cut by time: each holds what a steady source has changed since the last one was sent. */
const TICK_MS = 40;
/**
 * After a machine's hiccup seconds of events are due; all in one, a partition's share would
 * exceed the broker's limit.
 */
const LARGEST_BATCH = 2_000;

/**
 * A platform that never stops changing: it writes through backup, disaster and recovery. Numbers are given
 * without a gap and every batch is awaited, so 'acknowledged' is all numbers up to the last.
 */
export async function startLiveProducer(options: LiveProducerOptions): Promise<LiveProducer> {
  const producer = bedProducer(options.brokers);
  await producer.connect();
  const acknowledged: Acknowledged[] = [];
  const state = { next: options.firstNumber, stopping: false };
  const loop = produceUntilStopped(producer, options, state, acknowledged);
  // The failure is thrown by stop(); until then nobody listens.
  loop.catch(() => undefined);
  return {
    acknowledged,
    stop: async () => {
      state.stopping = true;
      try {
        await loop;
      } finally {
        await producer.disconnect();
      }
      return state.next - 1;
    },
  };
}

async function produceUntilStopped(
  producer: Producer,
  { topics, seed, eventsPerSecond }: LiveProducerOptions,
  state: { next: number; stopping: boolean },
  acknowledged: Acknowledged[],
): Promise<void> {
  let since = new Date();
  while (!state.stopping) {
    await tick();
    const rate = eventsPerSecond();
    const due = Math.floor(((Date.now() - since.getTime()) / 1000) * rate);
    const count = Math.min(due, LARGEST_BATCH);
    if (count === 0) continue;
    // What a batch leaves over because of its limit stays due.
    const now = count === due ? new Date() : new Date(since.getTime() + (count / rate) * 1000);
    const events: BedEvent[] = [
      ...history({ seed: seed + state.next, count, topics, from: since, to: now, firstNumber: state.next }),
    ];
    since = now;
    await sendEvents(producer, events);
    state.next += count;
    acknowledged.push({ at: new Date(), events: count });
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
