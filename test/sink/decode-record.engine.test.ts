import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKafkaReader } from '../../src/clients/kafka/kafka-reader.ts';
import { recordDecoder } from '../../src/sink/decode-record.ts';
import { parseSinkConfig } from '../../src/sink/sink-config.ts';
import type { Msr } from '../bed/bed.ts';
import { bedProducer } from '../bed/produce.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { PAYLOAD, value } from './records.ts';

const TIME = String(PAYLOAD.event_timestamp);

/** Values that no careful producer writes, by the entity_id that their row has, where there is one. */
function oddValues(): [string, string | Buffer | null][] {
  const withPayload = (id: string, change: object = {}): [string, string] => [
    id,
    value({ ...PAYLOAD, entity_id: id, ...change }),
  ];
  const withText = (id: string, change: (text: string) => string): [string, string] => [
    id,
    change(value({ ...PAYLOAD, entity_id: id })),
  ];
  return [
    withPayload('half pairs', { entity_id: 'half pairs \ud800 x \udc00' }),
    withPayload('half pair in the state', { data: '{"a":"\ud800"}' }),
    withPayload('empty op', { op: '' }),
    withPayload('op of a space', { op: ' ' }),
    withPayload('op with spaces after it', { op: 'u  ' }),
    withPayload('control characters \u007f\u0085\u2028'),
    withPayload('state that is a number', { data: 5 }),
    withPayload('state that is missing', { data: undefined }),
    withPayload('no op', { op: null }),
    withPayload('op that is a number', { op: 5 }),
    withPayload('before 1970', { event_timestamp: -62135596800001 }),
    withPayload('before our era', { event_timestamp: -99135596800001 }),
    withPayload('the year 10000', { event_timestamp: 253402300800000 }),
    withPayload('the last day of all', { event_timestamp: 8640000000000000 }),
    withText('fraction of a millisecond', (text) => text.replace(TIME, `${TIME}.9`)),
    withText('exponent', (text) => text.replace(TIME, '1.763870000123e12')),
    withText('time that is a string', (text) => text.replace(TIME, `"${TIME}"`)),
    withText('time that is no number', (text) => text.replace(TIME, 'NaN')),
    withText('leading zeros', (text) => text.replace(TIME, `00${TIME}`)),
    withText('more in the payload', (text) => text.replace('"payload":{', '"payload":{"more":1,')),
    withText('a key twice', (text) => text.replace('"payload":{', '"payload":{"op":"c",')),
    withText('spaces', (text) => text.replace('"payload":{', ' "payload" : { ')),
    withText('payload first', (text) => {
      const { schema, payload } = JSON.parse(text);
      return JSON.stringify({ payload, schema });
    }),
    withText('something behind', (text) => `${text} {"x":1}`),
    withText('no JSON behind', (text) => `${text} x`),
    withText('three keys', (text) => `${text.slice(0, -1)},"z":1}`),
    withText('byte order mark', (text) => `\ufeff${text}`),
    withText('raw tab', (text) => text.replace('gis.', 'gis\t')),
    withText('single quotes', (text) => text.replace('"gis.track"', "'gis.track'")),
    withText('a comment', (text) => `/* c */${text}`),
    ['bad UTF-8', Buffer.from(value({ ...PAYLOAD, entity_id: 'bad UTF-8 é' }), 'latin1')],
    ['envelope of nulls', '{"schema":null,"payload":null}'],
    ['the word null', 'null'],
    ['nothing at all', ''],
    ['tombstone', null],
    withPayload('the end'),
  ];
}

/** The decoder's claim is what the real sink writes; so the real sink is asked. */
describe('recordDecoder beside the real sink', () => {
  const bed = sharedBed();
  let live: Msr;

  beforeAll(async () => {
    live = await bed.createMsr({ name: 'odd', partitions: 1, sinkExtra: { 'errors.tolerance': 'all' } });
  });
  afterAll(() => live.drop());

  it('decides as the sink does about odd values', async () => {
    const topic = live.topics[0] ?? '';
    const odd = oddValues();
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    await producer.send({ topic, messages: odd.map(([key, value]) => ({ key, value, partition: 0 })) });
    await producer.disconnect();

    const decoded = await decodeTopic(topic, odd.length);
    const ours = decoded.flatMap((entry) => (entry.kind === 'event' ? [entry.event] : []));
    await live.waitForEvents(ours.length);
    const { rows } = await live.query('admin', (client) =>
      client.query(`SELECT entity_id AS "entityId", entity_state::text AS "entityState", op::text AS op,
        ((extract(epoch FROM event_timestamp) * 1000000)::bigint)::text AS "timestampMicros", table_name AS "tableName"
        FROM msr.cdc_event ORDER BY entity_id COLLATE "C"`),
    );
    const byBytes = (a: { entityId: string | null }, b: { entityId: string | null }) =>
      Buffer.compare(Buffer.from(a.entityId ?? ''), Buffer.from(b.entityId ?? ''));
    expect(
      ours.map((event) => ({ ...event, timestampMicros: String(event.timestampMicros) })).sort(byBytes),
    ).toEqual(rows);
    expect(ours).toHaveLength(24);
    expect(decoded.filter(({ kind }) => kind === 'tombstone')).toHaveLength(2);
  });

  async function decodeTopic(topic: string, until: number) {
    const reader = await openKafkaReader({ brokers: bed.brokers, ssl: false, sasl: undefined });
    const decode = recordDecoder(parseSinkConfig(live.connector, live.sinkConfig));
    const decoded = [];
    const at = (offset: number) => [{ topic, partition: 0, offset }];
    const options = { isolation: 'read_uncommitted', signal: new AbortController().signal } as const;
    for await (const { records } of reader.read(at(0), at(until), options))
      decoded.push(...records.map(decode));
    await reader.close();
    return decoded;
  }
});
