import { describe, expect, it } from 'vitest';
import { describeChange, rowRules, sinkChanges } from '../../src/sink/sink-changes.ts';
import { sinkConfig } from '../bed/sink.ts';

const databaseUrl = 'postgres://sink:secret@localhost:5432/msr';
const config = (extra: Readonly<Record<string, string>> = {}) =>
  sinkConfig({ topics: ['a.gis.track', 'a.gis.geo'], databaseUrl, extra });
const changes = (extra: Readonly<Record<string, string>>) =>
  sinkChanges(config(), config(extra)).map(describeChange);

describe('sinkChanges', () => {
  it.each([
    ['nothing', {}],
    [
      'where it writes to and how fast',
      { 'connection.url': 'jdbc:postgresql://other/msr', 'batch.size': '7' },
    ],
    ['a default that is written down', { 'transforms.timestamp.unix.precision': 'milliseconds' }],
    ['the order of topics', { topics: 'a.gis.geo, a.gis.track' }],
    ['a transform that is not used', { 'transforms.other.type': 'org.example.Other' }],
  ])('finds none where only %s differs', (_, extra) => {
    expect(changes(extra)).toEqual([]);
  });

  it.each([
    [
      'transforms.timestamp.unix.precision: (not set) → microseconds',
      { 'transforms.timestamp.unix.precision': 'microseconds' },
    ],
    [
      'transforms.rename.renames: data:entity_state → payload:entity_state',
      { 'transforms.rename.renames': 'payload:entity_state' },
    ],
    ['errors.tolerance: (not set) → all', { 'errors.tolerance': 'all' }],
    ['topics: a.gis.track,a.gis.geo → a.gis.track', { topics: 'a.gis.track' }],
    [
      'consumer.override.isolation.level: (not set) → read_committed',
      { 'consumer.override.isolation.level': 'read_committed' },
    ],
    ['transforms: name,rename,timestamp → name,timestamp,rename', { transforms: 'name,timestamp,rename' }],
    [
      'transforms.rename.type: org.apache.kafka.connect.transforms.ReplaceField$Value → org.example.Own',
      {
        'transforms.rename.type': 'org.example.Own',
      },
    ],
  ])('names %s', (text, extra) => {
    expect(changes(extra)).toEqual([text]);
  });

  it('takes a chain of the same steps under other names for the same', () => {
    const names = { transforms: 'a,rename,timestamp', 'transforms.a.schema.name': 'msr.cdc_event' };
    const type = 'org.apache.kafka.connect.transforms.SetSchemaMetadata$Value';
    expect(changes({ ...names, 'transforms.a.type': type })).toEqual([]);
  });

  it('has no rules for what is not understood', () => {
    expect(rowRules(config({ 'some.new.setting': 'x' }))).toBeUndefined();
    expect(rowRules(config())).toBe(rowRules(config({ 'batch.size': '1' })));
  });
});
