import type { BedHandle } from '../../test/bed/bed.ts';
import { messageValue, tableOfTopic } from '../../test/bed/events.ts';
import { kafkaClient, withAdmin } from '../../test/bed/kafka.ts';

const LARGE = 10_000_000;
/** Kafka's ConfigResourceTypes.TOPIC. */
const TOPIC = 2;

/** Messages of 10 MB, which topics must be told to take; spread over the partitions. */
export async function produceLarge(
  { brokers }: Pick<BedHandle, 'brokers'>,
  topics: readonly string[],
  messages: number,
): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: String(LARGE + (1 << 20)) }];
  await withAdmin(brokers, async (admin) => {
    const resources = topics.map((name) => ({ type: TOPIC, name, configEntries }));
    await admin.alterConfigs({ validateOnly: false, resources });
  });
  const producer = kafkaClient(brokers).producer();
  await producer.connect();
  for (let n = 0; n < messages; n++) {
    const topic = topics[n % topics.length] ?? '';
    await producer.send({ topic, messages: [{ value: largeValue(topic, n), partition: (n >> 1) % 2 }] });
  }
  await producer.disconnect();
}

function largeValue(topic: string, n: number): string | null {
  // Many members, out of jsonb's order: what costs most to print.
  const members = Array.from({ length: 1_000 }, (_, member) => [
    `key-${member}-${n}`,
    'x'.repeat(LARGE / 1_050),
  ]);
  return messageValue({
    entity_id: `large-${n}`,
    op: 'u',
    event_timestamp: Date.now(),
    table_name: tableOfTopic(topic),
    data: JSON.stringify(Object.fromEntries(members)),
  });
}
