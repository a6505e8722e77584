import { Partitioners, type Producer } from 'kafkajs';
import { type BedEvent, messageValue } from './events.ts';
import { kafkaClient } from './kafka.ts';

const BATCH = 500;

/** Writes events to Kafka; each one acknowledged once, because the producer is idempotent. */
export async function produce(brokers: readonly string[], events: Iterable<BedEvent>): Promise<number> {
  const producer = bedProducer(brokers);
  await producer.connect();
  try {
    let sent = 0;
    for (const batch of batches(events, BATCH)) {
      await sendEvents(producer, batch);
      sent += batch.length;
    }
    return sent;
  } finally {
    await producer.disconnect();
  }
}

/** A producer whose retries cannot double a record: what is doubled later was doubled by someone else. */
export function bedProducer(brokers: readonly string[]): Producer {
  return kafkaClient(brokers).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 20 },
  });
}

/** Returns once the broker has acknowledged all of them. */
export async function sendEvents(producer: Producer, events: readonly BedEvent[]): Promise<void> {
  const byTopic = Map.groupBy(events, ({ topic }) => topic);
  await producer.sendBatch({
    acks: -1,
    topicMessages: [...byTopic].map(([topic, ofTopic]) => ({
      topic,
      messages: ofTopic.map(({ key, payload }) => ({ key, value: messageValue(payload) })),
    })),
  });
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
