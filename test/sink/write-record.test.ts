import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../src/clients/kafka/kafka-record.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import { recordReader } from '../../src/sink/decode-record.ts';
import { type BufferedRow, RowBuffer } from '../../src/sink/row-buffer.ts';
import { chooseSeed, seededRandom } from '../bed/random.ts';
import { type JsonSpelling, spell } from '../ledger/json-spelling.ts';
import { nastyJson } from '../ledger/nasty-json.ts';
import { FIELDS, type Field, kafkaRecord, PAYLOAD, sinkOf, value } from './records.ts';

/** A row as both ways must make it: its bytes, and what the ledger adds up. */
function rowOf(buffer: RowBuffer, { start, end, hour, hash }: BufferedRow) {
  return { bytes: Buffer.from(buffer.out.bytes.subarray(start, end)).toString('latin1'), hour, hash };
}

/** What the decoder makes of a record; undefined: no row. */
function decoded(reader: ReturnType<typeof recordReader>, record: KafkaRecord) {
  const buffer = new RowBuffer(10);
  try {
    const result = reader.decode(record);
    return result.kind === 'event' ? rowOf(buffer, buffer.append(result.event)) : undefined;
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}

function written(reader: ReturnType<typeof recordReader>, record: KafkaRecord) {
  const buffer = new RowBuffer(10);
  buffer.append({ entityId: null, entityState: null, op: null, timestampMicros: null, tableName: null });
  const before = buffer.out.length;
  const row = reader.write(record, buffer);
  if (row === undefined) expect(buffer.out.length).toBe(before);
  return row === undefined ? undefined : rowOf(buffer, row);
}

describe('rowWriter', () => {
  const seed = chooseSeed();

  it(`makes the rows that the decoder makes, of random records and damaged ones (MSR_BED_SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const reader = recordReader(sinkOf());
    reader.decode(kafkaRecord(value()));
    const counts = { events: 0, written: 0 };
    for (let n = 0; n < 30_000; n++) {
      const record = kafkaRecord(randomValue(random));
      const expected = decoded(reader, record);
      const row = written(reader, record);
      if (expected !== undefined) counts.events++;
      if (row === undefined) continue;
      counts.written++;
      expect(row).toEqual(expected);
    }
    expect(counts.events).toBeGreaterThan(20_000);
    // A writer that leaves everything to the decoder would prove nothing.
    expect(counts.written / counts.events).toBeGreaterThan(0.6);
  });

  const usual = (payload: Readonly<Record<string, unknown>>, fields: readonly Field[] = FIELDS) =>
    kafkaRecord(value({ ...PAYLOAD, ...payload }, fields));
  const withField = (change: Partial<Field> & { field: string }) =>
    FIELDS.map((field) => (field.field === change.field ? { ...field, ...change } : field));

  it.each<[string, Readonly<Record<string, string>>, KafkaRecord]>([
    ['a usual one', {}, usual({})],
    ['without a state', {}, usual({ data: null })],
    ['with a state that is missing', {}, usual({ data: undefined })],
    ['with an op of spaces behind it', {}, usual({ op: 'u  ' })],
    ['with an op of spaces alone', {}, usual({ op: '  ' })],
    ['before 1970', {}, usual({ event_timestamp: -3_600_001 })],
    ['at 1970', {}, usual({ event_timestamp: 0 })],
    ['in the year 2200', {}, usual({ event_timestamp: 7_258_118_400_000 })],
    ['with escapes in its texts', {}, usual({ entity_id: 'a\t"b"\\ 😀', table_name: 'gis."\n' })],
    [
      'in seconds',
      { 'transforms.timestamp.unix.precision': 'seconds' },
      usual({ event_timestamp: 1_763_870_000 }),
    ],
    [
      'in microseconds',
      { 'transforms.timestamp.unix.precision': 'microseconds' },
      usual({ event_timestamp: -1_999 }),
    ],
    [
      'in nanoseconds',
      { 'transforms.timestamp.unix.precision': 'nanoseconds' },
      usual({ event_timestamp: -1_999_999 }),
    ],
    [
      'with a time that is a text',
      { 'transforms.timestamp.format': "yyyy-MM-dd'T'HH:mm:ss" },
      usual(
        { event_timestamp: '2025-11-23T03:53:20' },
        withField({ field: 'event_timestamp', type: 'string' }),
      ),
    ],
    [
      'with keys in another order',
      {},
      kafkaRecord(value(Object.fromEntries(Object.entries(PAYLOAD).reverse()))),
    ],
  ])('writes a record %s', (_, extra, record) => {
    const reader = recordReader(sinkOf(extra));
    const expected = decoded(reader, record);
    expect(expected).toBeDefined();
    expect(written(reader, record)).toEqual(expected);
  });

  it.each<[string, KafkaRecord]>([
    ['of a head that was not met', usual({}, [...FIELDS].reverse())],
    ['that is a tombstone', kafkaRecord(null)],
    ['without what must be there', usual({ op: null })],
    ['with a number for a text', usual({ entity_id: 5 })],
    [
      'with a time that no double holds to the microsecond',
      usual({ event_timestamp: 8_640_000_000_000_000 }),
    ],
    ['with half a surrogate pair', usual({ entity_id: '\ud800' })],
    ['with \\u0000', usual({ entity_id: '\0' })],
    ['with a state that is none', usual({ data: '{' })],
    ['with a field twice', kafkaRecord(value().replace('"op":', '"op":"x","op":'))],
    ['with something behind it', kafkaRecord(`${value().slice(0, -1)},"more":1}`)],
    ['that is not UTF-8', kafkaRecord(Buffer.from(value().replace('e1', 'e\u00e9'), 'latin1'))],
  ])('leaves a record to the decoder %s', (_, record) => {
    const reader = recordReader(sinkOf());
    reader.decode(kafkaRecord(value()));
    expect(written(reader, record)).toBeUndefined();
  });

  it('uses a field’s default only through the decoder', () => {
    const fields = withField({ field: 'op', default: 'r' });
    const reader = recordReader(sinkOf());
    reader.decode(usual({}, fields));
    expect(written(reader, usual({}, fields))).toBeDefined();
    expect(written(reader, usual({ op: null }, fields))).toBeUndefined();
  });

  it('leaves to the decoder what a transform drops', () => {
    const reader = recordReader(
      sinkOf({
        transforms: 'name,rename,timestamp,drop',
        'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
        'transforms.drop.predicate': 'p',
        predicates: 'p',
        'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey',
        'predicates.p.name': 'skip',
      }),
    );
    reader.decode(kafkaRecord(value()));
    expect(written(reader, kafkaRecord(value()))).toBeDefined();
    const dropped = kafkaRecord(value(), { headers: [{ key: 'skip', value: null }] });
    expect(written(reader, dropped)).toBeUndefined();
  });
});

const TABLES = ['gis.track', 'gis.geo', '', 'gis."é\t😀'];
const SPELLINGS: readonly JsonSpelling[] = ['plain', 'ascii', 'spaced', 'slashes'];

function randomValue(random: () => number): string {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const payload = {
    ...PAYLOAD,
    entity_id: pick(['e1', '', 'id "with" \\ and \t', '😀é', `e${Math.floor(random() * 1e6)}`]),
    op: pick(['c', 'u', 'd', 'u ', '']),
    event_timestamp: Math.floor(1.7e12 + random() * 1e11),
    table_name: pick(TABLES),
    data: random() < 0.05 ? null : nastyJson(random),
  };
  const head = value().slice(0, value().indexOf('"payload":') + '"payload":'.length);
  const text = `${head}${spell(payload, pick(SPELLINGS))}}`;
  if (random() > 0.05) return text;
  const at = head.length + Math.floor(random() * (text.length - head.length));
  return (
    text.slice(0, at) +
    pick(['', ',', '"', '}', '0', '\\', '\t', 'x']) +
    text.slice(at + 1)
  ).toWellFormed();
}
