import type { Op, Payload } from './payload.ts';
import { seededRandom } from './random.ts';
import { type Change, UGLY_CHANGES } from './ugly.ts';

export interface BedEvent {
  /** Unique within a history. */
  readonly number: number;
  readonly topic: string;
  readonly key: string;
  /** null: a tombstone, of which the sink makes no row. */
  readonly payload: Payload | null;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly count: number;
  readonly topics: readonly string[];
  /** The first event's time and the end of the last's. */
  readonly from: Date;
  readonly to: Date;
  /** @default 1000 */
  readonly entities?: number;
  /** The first event's number. @default 1 */
  readonly firstNumber?: number;
  /** Every event is made from one of the ugly changes in turn. @default false */
  readonly ugly?: boolean;
}

/** The events of a span of time in order of time; a seed and the same options give the same events. */
export function* history(options: HistoryOptions): Generator<BedEvent> {
  const { seed, count, topics, from, to, entities = 1_000, firstNumber = 1, ugly = false } = options;
  const random = seededRandom(seed);
  const stepMs = (to.getTime() - from.getTime()) / count;
  for (let index = 0; index < count; index++) {
    const number = firstNumber + index;
    const topic = topics[Math.floor(random() * topics.length)] ?? '';
    const entity = Math.floor(random() * entities);
    const usual: Payload = {
      entity_id: `entity-${entity}`,
      op: pickOp(random()),
      event_timestamp: Math.floor(from.getTime() + (index + random()) * stepMs),
      table_name: tableOfTopic(topic),
      data: stateText(number, random),
    };
    const payload = ugly ? uglyChange(index)(usual, number) : usual;
    yield { number, topic, key: payload?.entity_id ?? usual.entity_id, payload };
  }
}

/** How many of the ugly changes there are: a history of this many events has each once. */
export const UGLY_KINDS = UGLY_CHANGES.length;

/** A topic is named `<server>.<schema>.<table>`. */
export function tableOfTopic(topic: string): string {
  return topic.split('.').slice(-2).join('.');
}

const VALUE_SCHEMA = JSON.stringify({
  type: 'struct',
  optional: false,
  fields: [
    { field: 'entity_id', type: 'string', optional: false },
    { field: 'op', type: 'string', optional: false },
    { field: 'event_timestamp', type: 'int64', optional: false },
    { field: 'table_name', type: 'string', optional: false },
    { field: 'data', type: 'string', optional: true },
  ],
});

/** A message's value: Kafka Connect's JSON with the schema beside the payload; null for a tombstone. */
export function messageValue(payload: Payload | null): string | null {
  return payload === null ? null : `{"schema":${VALUE_SCHEMA},"payload":${JSON.stringify(payload)}}`;
}

function pickOp(chance: number): Op {
  if (chance < 0.05) return 'd';
  return chance < 0.2 ? 'c' : 'u';
}

function uglyChange(index: number): Change {
  const change = UGLY_CHANGES[index % UGLY_CHANGES.length];
  if (change === undefined) throw new Error('there are no ugly changes');
  return change;
}

/** About 0.7 KB, like a row of a map server. */
function stateText(n: number, random: () => number): string {
  const points = Array.from({ length: 12 }, () => [coordinate(random, 180), coordinate(random, 90)]);
  return JSON.stringify({
    n,
    name: `Unit ${n % 977}`,
    status: random() < 0.5 ? 'ACTIVE' : 'IDLE',
    speed: Math.round(random() * 400) / 10,
    heading: Math.floor(random() * 360),
    geometry: { type: 'LineString', coordinates: points },
    tags: ['alpha', 'bravo', 'charlie'].filter(() => random() < 0.5),
    note: 'x'.repeat(120 + Math.floor(random() * 120)),
  });
}

function coordinate(random: () => number, range: number): number {
  return Math.round((random() * 2 - 1) * range * 1e6) / 1e6;
}
