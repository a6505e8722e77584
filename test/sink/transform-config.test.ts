import { describe, expect, it } from 'vitest';
import { parseTransforms } from '../../src/sink/transform-config.ts';

const TYPE = 'org.apache.kafka.connect.transforms.';

function parse(config: Readonly<Record<string, string>>) {
  return parseTransforms({ connector: 'sink', config: { transforms: 'a', ...config } });
}

describe('parseTransforms', () => {
  it('keeps the chain in its order', () => {
    const transforms = parseTransforms({
      connector: 'sink',
      config: {
        transforms: 'name, rename ,time',
        'transforms.name.type': `${TYPE}SetSchemaMetadata$Value`,
        'transforms.name.schema.name': 'x',
        'transforms.rename.type': `${TYPE}ReplaceField$Value`,
        'transforms.rename.renames': 'data:entity_state',
        'transforms.rename.exclude': 'source,ts',
        'transforms.time.type': `${TYPE}TimestampConverter$Value`,
        'transforms.time.field': 'event_timestamp',
        'transforms.time.target.type': 'Timestamp',
      },
    });
    expect(transforms).toEqual([
      { alias: 'name', condition: undefined, action: { kind: 'set-schema-name', schemaName: 'x' } },
      {
        alias: 'rename',
        condition: undefined,
        action: {
          kind: 'replace-field',
          include: [],
          exclude: ['source', 'ts'],
          renames: new Map([['data', 'entity_state']]),
        },
      },
      {
        alias: 'time',
        condition: undefined,
        action: {
          kind: 'timestamp-converter',
          field: 'event_timestamp',
          precision: 'milliseconds',
          format: undefined,
        },
      },
    ]);
  });

  it('knows the old names whitelist and blacklist', () => {
    const [transform] = parse({
      'transforms.a.type': `${TYPE}ReplaceField$Value`,
      'transforms.a.whitelist': 'x,y',
      'transforms.a.blacklist': 'z',
    });
    expect(transform?.action).toMatchObject({ include: ['x', 'y'], exclude: ['z'] });
  });

  it.each([
    ['TopicNameMatches', { pattern: 'a[.].*' }, { kind: 'topic-name-matches', pattern: /^(?:a[.].*)$/ }],
    ['RecordIsTombstone', {}, { kind: 'record-is-tombstone' }],
    ['HasHeaderKey', { name: 'h' }, { kind: 'has-header-key', name: 'h' }],
  ])('reads the predicate %s', (name, settings, predicate) => {
    const own = Object.entries(settings).map(([key, value]) => [`predicates.p.${key}`, value]);
    const [transform] = parse({
      'transforms.a.type': `${TYPE}Filter`,
      'transforms.a.predicate': 'p',
      'transforms.a.negate': 'true',
      predicates: 'p',
      'predicates.p.type': `${TYPE}predicates.${name}`,
      ...Object.fromEntries(own),
    });
    expect(transform).toEqual({
      alias: 'a',
      condition: { predicate, negate: true },
      action: { kind: 'filter' },
    });
  });

  const router = { 'transforms.a.type': `${TYPE}RegexRouter`, 'transforms.a.regex': '(?i)(.*)' };
  const headers = { 'transforms.a.type': `${TYPE}DropHeaders`, 'transforms.a.headers': 'h' };

  it.each([
    ['RegexRouter', { ...router, 'transforms.a.replacement': 'x' }, { kind: 'route', changes: 'topic' }],
    ['TimestampRouter', { 'transforms.a.topic.format': 't' }, { kind: 'route', changes: 'topic' }],
    ['InsertHeader', { 'transforms.a.header': 'h' }, { kind: 'route', changes: 'headers' }],
    ['DropHeaders', headers, { kind: 'route', changes: 'headers' }],
    ['Flatten$Value', { 'transforms.a.delimiter': '_' }, { kind: 'flatten' }],
  ])('takes %s, which changes no row', (name, settings, action) => {
    expect(parse({ ...settings, 'transforms.a.type': TYPE + name })[0]?.action).toEqual(action);
  });

  it.each([
    ['TopicNameMatches', router, false],
    ['TopicNameMatches', headers, true],
    ['HasHeaderKey', headers, false],
    ['HasHeaderKey', router, true],
  ])(
    'takes a condition by %s behind a router only if that did not change what it sees',
    (name, first, taken) => {
      const config = {
        ...first,
        transforms: 'a,b',
        'transforms.b.type': `${TYPE}Filter`,
        'transforms.b.predicate': 'p',
        predicates: 'p',
        'predicates.p.type': `${TYPE}predicates.${name}`,
      };
      const parsing = () => parse(config);
      if (taken) expect(parsing()).toHaveLength(2);
      else expect(parsing).toThrow('does not understand transforms.b.predicate=p');
    },
  );

  const converter = {
    'transforms.a.type': `${TYPE}TimestampConverter$Value`,
    'transforms.a.field': 'event_timestamp',
    'transforms.a.target.type': 'Timestamp',
  };
  const filter = { 'transforms.a.type': `${TYPE}Filter`, 'transforms.a.predicate': 'p', predicates: 'p' };

  it.each([
    ['transforms.a.type', { 'transforms.a.type': `${TYPE}InsertField$Value` }],
    ['transforms.a.type', { 'transforms.a.type': `${TYPE}ReplaceField$Key` }],
    ['transforms.a.type', {}],
    ['transforms.a.target.type', { ...converter, 'transforms.a.target.type': 'string' }],
    ['transforms.a.field', { ...converter, 'transforms.a.field': '' }],
    ['transforms.a.format', { ...converter, 'transforms.a.format': 'EEE, d MMM yyyy' }],
    ['transforms.a.unix.precision', { ...converter, 'transforms.a.unix.precision': 'weeks' }],
    ['transforms.a.new.setting', { ...converter, 'transforms.a.new.setting': '1' }],
    [
      'transforms.a.renames',
      { 'transforms.a.type': `${TYPE}ReplaceField$Value`, 'transforms.a.renames': 'a:b:c' },
    ],
    ['transforms.a.predicate', { ...filter, predicates: 'q' }],
    ['predicates.p.type', { ...filter, 'predicates.p.type': 'com.example.Moon' }],
    [
      'predicates.p.pattern',
      {
        ...filter,
        'predicates.p.type': `${TYPE}predicates.TopicNameMatches`,
        'predicates.p.pattern': '\\Qa\\E',
      },
    ],
  ])('refuses, naming %s', (key, config: Readonly<Record<string, string>>) => {
    expect(() => parse(config)).toThrow(`connector sink: the replayer does not understand ${key}=`);
  });
});
