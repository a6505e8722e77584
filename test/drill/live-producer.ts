import type { Producer } from 'kafkajs';
import { type BedEvent, history } from '../bed/events.ts';
import { bedProducer, sendEvents } from '../bed/produce.ts';
import { waitFor } from '../bed/wait.ts';

/** One acknowledged batch: when the broker had all of it. */
export interface Acknowledged {
  readonly at: Date;
  readonly events: number;
}

/** What the drill remembers of an acknowledged event. */
export interface SentEvent {
  readonly number: number;
  readonly table: string;
  /** Its event_timestamp. */
  readonly at: number;
}

/** Changes every event whose time is its own or later, until it is rolled back. */
interface Deployment {
  readonly from: number;
  readonly change: (event: BedEvent) => BedEvent;
}

export interface LiveProducer {
  readonly acknowledged: readonly Acknowledged[];
  readonly sent: readonly SentEvent[];
  deploy(deployment: Deployment): void;
  /** Events of that time or later are as before; returns when all of before it are acknowledged. */
  rollBack(to: number): Promise<void>;
  /** Returns when all of before it are acknowledged, with the number of the last of those. */
  settle(): Promise<number>;
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
 * A platform that never stops changing: it writes through backup, disaster and recovery. Numbers are
 * given without a gap and every batch is awaited, so 'acknowledged' is all numbers up to the last.
 */
export async function startLiveProducer(options: LiveProducerOptions): Promise<LiveProducer> {
  const producer = bedProducer(options.brokers);
  await producer.connect();
  const acknowledged: Acknowledged[] = [];
  const sent: SentEvent[] = [];
  const state: State = { next: options.firstNumber, stopping: false, since: new Date(), deployed: [] };
  const loop = produceUntilStopped(producer, options, state, { acknowledged, sent });
  // The failure is thrown by stop(); until then nobody listens.
  loop.catch(() => undefined);
  const settled = (to: number) =>
    waitFor('the events of before to be acknowledged', () => state.since.getTime() > to, {
      timeoutMs: 60_000,
      everyMs: TICK_MS,
    });
  return {
    ...{ acknowledged, sent },
    deploy: (deployment) => {
      state.deployed = [...state.deployed, { ...deployment, to: Infinity }];
    },
    rollBack: async (to) => {
      state.deployed = state.deployed.map((each) => ({ ...each, to: Math.min(each.to, to) }));
      await settled(to);
    },
    settle: async () => {
      await settled(Date.now());
      return state.next - 1;
    },
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

interface State {
  next: number;
  stopping: boolean;
  /** Everything before it is acknowledged. */
  since: Date;
  deployed: readonly (Deployment & { readonly to: number })[];
}

async function produceUntilStopped(
  producer: Producer,
  { topics, seed, eventsPerSecond }: LiveProducerOptions,
  state: State,
  { acknowledged, sent }: { readonly acknowledged: Acknowledged[]; readonly sent: SentEvent[] },
): Promise<void> {
  while (!state.stopping) {
    await tick();
    const rate = eventsPerSecond();
    const due = Math.floor(((Date.now() - state.since.getTime()) / 1000) * rate);
    const count = Math.min(due, LARGEST_BATCH);
    if (count === 0) continue;
    // What a batch leaves over because of its limit stays due.
    const now = count === due ? new Date() : new Date(state.since.getTime() + (count / rate) * 1000);
    const span = { from: state.since, to: now, firstNumber: state.next };
    const events = [...history({ seed: seed + state.next, count, topics, ...span })];
    await sendEvents(
      producer,
      events.map((event) => asDeployed(event, state.deployed)),
    );
    state.since = now;
    state.next += count;
    acknowledged.push({ at: new Date(), events: count });
    sent.push(...events.map(({ number, payload }) => sentEvent(number, payload)));
  }
}

function asDeployed(event: BedEvent, deployed: State['deployed']): BedEvent {
  const at = event.payload?.event_timestamp ?? 0;
  return deployed
    .filter(({ from, to }) => at >= from && at < to)
    .reduce((known, { change }) => change(known), event);
}

function sentEvent(number: number, payload: BedEvent['payload']): SentEvent {
  return { number, table: payload?.table_name ?? '', at: payload?.event_timestamp ?? 0 };
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
