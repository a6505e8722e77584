import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { decoder, FIELDS, type Field, kafkaRecord, PAYLOAD, value } from './records.ts';

const EVENT = {
  entityId: 'e1',
  entityState: '{"a": 2, "b": 1}',
  op: 'u',
  timestampMicros: 1_763_870_000_123_000n,
  tableName: 'gis.track',
};

const decode = (text: string | Buffer | null) => decoder()(kafkaRecord(text));
const event = (change: Partial<Record<keyof typeof EVENT, unknown>> = {}) => ({
  kind: 'event',
  event: { ...EVENT, ...change },
});
const withField = (change: Partial<Field> & { field: string }) =>
  FIELDS.map((field) => (field.field === change.field ? { ...field, ...change } : field));
const TIMESTAMP = 'org.apache.kafka.connect.data.Timestamp';
const PREDICATES = 'org.apache.kafka.connect.transforms.predicates.';

describe('recordDecoder', () => {
  it('makes the row that the sink writes', () => {
    expect(decode(value())).toEqual(event());
  });

  it('reads values of one schema alike, the first one whole and the others from their payload on', () => {
    const decodeNext = decoder();
    for (const entity_id of ['x', 'y', '"payload":', 'z']) {
      expect(decodeNext(kafkaRecord(value({ ...PAYLOAD, entity_id })))).toEqual(
        event({ entityId: entity_id }),
      );
    }
  });

  it('is not misled by a schema that speaks of a payload', () => {
    const doc = { doc: 'see "payload": null}' };
    const decodeNext = decoder();
    for (const op of ['c', 'd']) {
      expect(decodeNext(kafkaRecord(value({ ...PAYLOAD, op }, FIELDS, doc)))).toEqual(event({ op }));
    }
  });

  it('tells apart two schemas of the same length', () => {
    const decodeNext = decoder();
    const others = FIELDS.map((field) => (field.field === 'data' ? { ...field, field: 'dat2' } : field));
    expect(decodeNext(kafkaRecord(value()))).toEqual(event());
    expect(decodeNext(kafkaRecord(value(PAYLOAD, others)))).toEqual({
      kind: 'quarantined',
      reason: 'msr.cdc_event has no column for field dat2',
    });
  });

  it('refuses what stands behind the payload of a value with a known beginning', () => {
    const decodeNext = decoder();
    decodeNext(kafkaRecord(value()));
    expect(decodeNext(kafkaRecord(`${value().slice(0, -1)},"more":1}`))).toMatchObject({
      kind: 'quarantined',
    });
  });

  it.each([
    ['a null value', null],
    ['an envelope of nulls', '{"schema":null,"payload":null}'],
    ['a null struct', value(null, FIELDS, { optional: true })],
  ])('takes %s for a tombstone', (_, text) => {
    expect(decode(text)).toEqual({ kind: 'tombstone' });
  });

  it.each([
    ['no state', { data: null }, { entityState: null }],
    ['a state that is missing', { data: undefined }, { entityState: null }],
    ['a state that is no string, as JsonConverter does', { data: 5 }, { entityState: null }],
    ['a state that is JSON’s null', { data: 'null' }, { entityState: 'null' }],
    [
      'a number that no double holds',
      { data: '12345678901234567890.10' },
      { entityState: '12345678901234567890.10' },
    ],
    ['an op with trailing spaces, which char(1) does not keep', { op: 'u ' }, { op: 'u' }],
    ['an empty op', { op: '' }, { op: '' }],
    ['half a surrogate pair, as the driver does', { entity_id: 'a\ud800b\udc00' }, { entityId: 'a?b?' }],
    ['a whole pair', { entity_id: '😀' }, { entityId: '😀' }],
    ['a time before 1970', { event_timestamp: -1 }, { timestampMicros: -1_000n }],
    [
      'a time that is a string, as Jackson’s longValue does',
      { event_timestamp: '5' },
      { timestampMicros: 0n },
    ],
    ['a fraction of a millisecond, cut off', { event_timestamp: 1.9 }, { timestampMicros: 1_000n }],
  ])('writes %s', (_, payload, row) => {
    expect(decode(value({ ...PAYLOAD, ...payload }))).toEqual(event(row));
  });

  it.each([
    ['\uFEFF', ''],
    ['', ' {"more":1}'],
    ['', ' x'],
  ])('reads what Jackson reads around the value: %j %j', (before, after) => {
    expect(decode(before + value() + after)).toEqual(event());
  });

  it('reads numbers with leading zeros, as Jackson does', () => {
    const text = value({ ...PAYLOAD, entity_id: '007', data: '[0, 10]' }).replace(
      '1763870000123',
      '0001763870000123',
    );
    expect(decode(text)).toEqual(event({ entityId: '007', entityState: '[0, 10]' }));
  });

  it.each([
    ['the value is not UTF-8', Buffer.concat([Buffer.from('{"schema":"'), Buffer.from([0xff])])],
    ['the value is not a JSON object of a schema and a payload', 'x'],
    ['the value is not a JSON object of a schema and a payload', ''],
    ['the value is not a JSON object of a schema and a payload', 'null'],
    ['the value is not a JSON object of a schema and a payload', JSON.stringify(PAYLOAD)],
    ['the value has no struct schema', '{"schema":null,"payload":{"a":1}}'],
    ['the value has no struct schema', '{"schema":{"type":"string"},"payload":"a"}'],
    ['the payload is not a JSON object', '{"schema":{"type":"struct","fields":[]},"payload":[]}'],
    ['the payload is null, and may not be', value(null)],
    ['field op is null, and may not be', value({ ...PAYLOAD, op: null })],
    ['field op is not a string', value({ ...PAYLOAD, op: 5 })],
    ['field entity_id holds \\u0000, which no text can', value({ ...PAYLOAD, entity_id: 'a\0' })],
    ['field data cannot be jsonb: \\u0000 cannot be held by jsonb', value({ ...PAYLOAD, data: '"\\u0000"' })],
    ['field data cannot be jsonb: invalid JSON: the end at position 1', value({ ...PAYLOAD, data: '{' })],
    [
      'field data cannot be jsonb: half a surrogate pair cannot be held by jsonb',
      value({ ...PAYLOAD, data: '"\\ud800"' }),
    ],
    [
      'event_timestamp 8640000000000001 is beyond the year 275760',
      value({ ...PAYLOAD, event_timestamp: 8640000000000001 }),
    ],
    [
      'msr.cdc_event has no column for field more',
      value(PAYLOAD, [...FIELDS, { field: 'more', type: 'int32', optional: true }]),
    ],
    [
      'two fields are called entity_state',
      value(PAYLOAD, [...FIELDS, { field: 'entity_state', type: 'string', optional: true }]),
    ],
    [
      'column entity_id cannot be written from field entity_id of type int32',
      value(PAYLOAD, withField({ field: 'entity_id', type: 'int32' })),
    ],
    [
      'TimestampConverter cannot read field event_timestamp, which is int32',
      value(PAYLOAD, withField({ field: 'event_timestamp', type: 'int32' })),
    ],
  ])('quarantines: %s', (reason, text) => {
    expect(decode(text)).toEqual({ kind: 'quarantined', reason });
  });

  it.each([
    [
      'io.debezium.time.ZonedTimestamp',
      withField({ field: 'event_timestamp', type: 'string', name: 'io.debezium.time.ZonedTimestamp' }),
    ],
    ['io.debezium.data.Uuid', withField({ field: 'entity_id', name: 'io.debezium.data.Uuid' })],
  ])('refuses a type that the sink may write in its own way: %s', (type, fields) => {
    expect(() => decode(value(PAYLOAD, fields))).toThrow(OperatorError);
    expect(() => decode(value(PAYLOAD, fields))).toThrow(type);
  });

  it('refuses a field for which the sink would add a column', () => {
    const decodeEvolving = decoder({ 'schema.evolution': 'basic' });
    const text = value(PAYLOAD, [...FIELDS, { field: 'more', type: 'int32', optional: true }]);
    expect(() => decodeEvolving(kafkaRecord(text))).toThrow(
      'a record has field more, for which the sink would have added a column',
    );
  });

  it('refuses a schema that Debezium’s sink unwraps', () => {
    const decodeEnvelope = decoder({ 'transforms.name.schema.name': 'server.gis.Envelope' });
    expect(() => decodeEnvelope(kafkaRecord(value()))).toThrow('which Debezium');
  });

  it('takes a Timestamp that is one already', () => {
    const fields = withField({ field: 'event_timestamp', name: TIMESTAMP });
    expect(decode(value(PAYLOAD, fields))).toEqual(event());
    expect(decoder({ transforms: 'name,rename' })(kafkaRecord(value(PAYLOAD, fields)))).toEqual(event());
  });

  it('uses a field’s default for null', () => {
    const fields = withField({ field: 'op', default: 'r' });
    expect(decode(value({ ...PAYLOAD, op: null }, fields))).toEqual(event({ op: 'r' }));
  });

  it.each([
    ['seconds', '1763870000', 1_763_870_000_000_000n],
    ['microseconds', '1763870000123999', 1_763_870_000_123_000n],
    // A double would round it up into the next millisecond.
    ['nanoseconds', '1763870000123999999', 1_763_870_000_123_000n],
    ['nanoseconds', '-1999999', -1_000n],
  ])('reads unix %s: %s', (precision, spelling, micros) => {
    const text = value().replace('1763870000123', spelling);
    const decodeUnix = decoder({ 'transforms.timestamp.unix.precision': precision });
    expect(decodeUnix(kafkaRecord(text))).toEqual(event({ timestampMicros: micros }));
  });

  it('reads a text by the converter’s format', () => {
    const decodeText = decoder({ 'transforms.timestamp.format': "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'" });
    const fields = withField({ field: 'event_timestamp', type: 'string' });
    const at = (event_timestamp: string) =>
      decodeText(kafkaRecord(value({ ...PAYLOAD, event_timestamp }, fields)));
    expect(at('2025-11-23T03:53:20.123Z')).toEqual(event());
    expect(at('2025-02-30T03:53:20.123Z')).toEqual(event({ timestampMicros: 1_740_887_600_123_000n }));
    expect(at('2025-11-23')).toEqual({
      kind: 'quarantined',
      reason: "field event_timestamp is not of the format yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    });
  });

  it('reads flat records through Flatten, and names the field of another', () => {
    const flatten = {
      transforms: 'name,rename,timestamp,flat',
      'transforms.flat.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
    };
    const decodeFlat = decoder(flatten);
    expect(decodeFlat(kafkaRecord(value()))).toEqual(event());
    const nested = [...FIELDS, { field: 'more', type: 'struct', optional: true }];
    expect(() => decodeFlat(kafkaRecord(value(PAYLOAD, nested)))).toThrow('field more of type struct');
  });

  it('takes what stands behind the format, as SimpleDateFormat does', () => {
    const decodeText = decoder({ 'transforms.timestamp.format': "yyyy-MM-dd'T'HH:mm:ss" });
    const fields = withField({ field: 'event_timestamp', type: 'string' });
    const text = value({ ...PAYLOAD, event_timestamp: '2025-11-23T03:53:20.123Z' }, fields);
    expect(decodeText(kafkaRecord(text))).toEqual(event({ timestampMicros: 1_763_870_000_000_000n }));
  });

  const filter = (predicate: string, extra: Readonly<Record<string, string>> = {}) =>
    decoder({
      transforms: 'name,rename,timestamp,drop',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
      'transforms.drop.predicate': 'p',
      predicates: 'p',
      'predicates.p.type': `${PREDICATES}${predicate}`,
      ...extra,
    });

  it('drops what a Filter drops, after the converter has read it', () => {
    const decodeFiltered = filter('HasHeaderKey', { 'predicates.p.name': 'skip' });
    const headers = [{ key: 'skip', value: null }];
    expect(decodeFiltered(kafkaRecord(value(), { headers }))).toEqual({ kind: 'filtered' });
    expect(decodeFiltered(kafkaRecord('x', { headers }))).toMatchObject({ kind: 'quarantined' });
    expect(decodeFiltered(kafkaRecord(value()))).toEqual(event());
  });

  it('filters tombstones, also those that the converter makes', () => {
    const decodeFiltered = filter('RecordIsTombstone');
    expect(decodeFiltered(kafkaRecord(null))).toEqual({ kind: 'filtered' });
    expect(decodeFiltered(kafkaRecord('{"schema":null,"payload":null}'))).toEqual({ kind: 'filtered' });
    expect(decodeFiltered(kafkaRecord(value()))).toEqual(event());
  });

  it('applies a transform to the topics of its predicate only', () => {
    const decodeSome = decoder({
      'transforms.rename.predicate': 'p',
      predicates: 'p',
      'predicates.p.type': `${PREDICATES}TopicNameMatches`,
      'predicates.p.pattern': '.*track',
    });
    expect(decodeSome(kafkaRecord(value()))).toEqual(event());
    expect(decodeSome(kafkaRecord(value(), { topic: 'server.gis.other' }))).toEqual({
      kind: 'quarantined',
      reason: 'msr.cdc_event has no column for field data',
    });
  });
});
