import { expect, it } from 'vitest';
import type { KafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { RecordChunk } from '../../../src/clients/kafka/kafka-record.ts';
import { lookAtRecords } from '../../../src/recovery/plan/look-at-records.ts';
import type { ReadingTools } from '../../../src/recovery/plan/reading-tools.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { sinkConfig } from '../../bed/sink.ts';
import { kafkaRecord, value } from '../../sink/records.ts';

const databaseUrl = 'postgres://sink:secret@localhost:5432/msr';
const topic = 'server.gis.track';
const sink = (extra: Readonly<Record<string, string>> = {}) =>
  parseSinkConfig('sink', sinkConfig({ topics: [topic], databaseUrl, extra }));
const at = (offset: number) => [{ topic, partition: 0, offset }];

/** A log of one partition whose values are given. */
function tools(values: readonly string[], start = 0): ReadingTools {
  const read: KafkaReader['read'] = async function* (from, until): AsyncGenerator<RecordChunk> {
    const [first = 0, end = 0] = [from[0]?.offset, until[0]?.offset];
    const records = values
      .slice(first, end)
      .map((text, index) => kafkaRecord(text, { offset: first + index }));
    yield { topic, partition: 0, records, nextOffset: end };
  };
  return {
    admin: {} as ReadingTools['admin'],
    reader: { read, close: async () => {} },
    signal: new AbortController().signal,
    ...{ start: at(start), logEnd: at(values.length), ids: new Map() },
  };
}

const good = value();
const other = value().replaceAll('"data"', '"payload"');

it.each([
  ['none of an empty log', [], 0, { looked: 0, unreadable: 0 }],
  ['each once of a short one', Array(25).fill(good), 0, { looked: 25, unreadable: 0 }],
  ['both ends of a long one', Array(1000).fill(good), 0, { looked: 40, unreadable: 0 }],
  ['what lies behind the cut alone', [...Array(50).fill('x'), good], 50, { looked: 1, unreadable: 0 }],
  [
    'what the replay would set aside',
    [...Array(30).fill(good), other],
    0,
    {
      looked: 31,
      unreadable: 1,
      first: `offset 30 of ${topic}-0: msr.cdc_event has no column for field payload`,
    },
  ],
  [
    'what no JsonConverter has written',
    [good, 'x'],
    0,
    { looked: 2, unreadable: 1, noEnvelope: `offset 1 of ${topic}-0` },
  ],
])('looks at %s', async (_, values, start, found) => {
  expect(await lookAtRecords(tools(values, start), sink(), [])).toMatchObject(found);
});

it('counts what would be left out of it', async () => {
  const skips = [{ offsets: [{ topic, partition: 0, from: 10, to: 990 }] }];
  const leaveOut = { by: 'event-time', after: 'continue', skips } as const;
  const found = await lookAtRecords(tools(Array(1000).fill(good)), sink(), [], { ...leaveOut, skips });
  expect(found).toMatchObject({ events: 40, leftOut: 20 });
});

it('tells where the replay would end, for not knowing what the sink wrote', async () => {
  const time = value().replace('"int64"', '"int64","name":"org.apache.kafka.connect.data.Time"');
  const { refused, unreadable } = await lookAtRecords(tools([good, time]), sink(), []);
  expect(refused).toMatch(
    /^offset 1 of server.gis.track-0: the replayer does not know how the sink writes field/,
  );
  expect(unreadable).toBe(0);
});

it('reads by the backup’s configuration up to the boundary, and by today’s from there on', async () => {
  const today = sink({ 'transforms.rename.renames': 'payload:entity_state' });
  const values = [...Array(30).fill(good), ...Array(30).fill(other)];
  const look = (until: number) => lookAtRecords(tools(values), today, [{ sink: sink(), until: at(until) }]);
  expect(await look(30)).toMatchObject({ looked: 40, unreadable: 0 });
  expect(await look(0)).toMatchObject({ looked: 40, unreadable: 20 });
});
