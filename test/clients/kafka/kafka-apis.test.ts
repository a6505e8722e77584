import { readdirSync } from 'node:fs';
import * as platformatic from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { NEEDED_APIS, requireSpoken, unspokenApis } from '../../../src/clients/kafka/kafka-apis.ts';

/** As Redpanda 24.3 answers ApiVersions: src/v/kafka/server/handlers/*.h of redpanda-data/redpanda. */
const REDPANDA = [
  { apiKey: 1, minVersion: 4, maxVersion: 11 },
  { apiKey: 2, minVersion: 0, maxVersion: 4 },
  { apiKey: 3, minVersion: 0, maxVersion: 8 },
  { apiKey: 9, minVersion: 1, maxVersion: 7 },
  { apiKey: 10, minVersion: 0, maxVersion: 3 },
  { apiKey: 15, minVersion: 0, maxVersion: 4 },
  { apiKey: 16, minVersion: 0, maxVersion: 2 },
  { apiKey: 32, minVersion: 0, maxVersion: 2 },
];
const without = (key: number) => REDPANDA.filter(({ apiKey }) => apiKey !== key);

test('a Redpanda speaks all that we need', () => {
  expect(unspokenApis(REDPANDA)).toEqual([]);
});

test.each([
  ['one that is missing', without(32), 'DescribeConfigs (msr speaks 0 to 2, the brokers none)'],
  [
    'one that only has become too new',
    [...without(3), { apiKey: 3, minVersion: 7, maxVersion: 13 }],
    'Metadata (msr speaks 0 to 6, the brokers 7 to 13)',
  ],
  [
    'one that still is too old',
    [...without(1), { apiKey: 1, minVersion: 0, maxVersion: 3 }],
    'Fetch (msr speaks 4 to 17, the brokers 0 to 3)',
  ],
])('%s is named with its versions', (_, offered, fact) => {
  expect(unspokenApis(offered)).toEqual([fact]);
  expect(() => requireSpoken(['a:1', 'b:2'], offered)).toThrow(`Kafka at a:1, b:2 does not speak ${fact}`);
});

/** kafkajs has a folder an API and a folder or file a version. */
function versionsOfKafkajs(api: string): number[] {
  const names = readdirSync(`node_modules/kafkajs/src/protocol/requests/${api}`);
  return names.flatMap((name) => /^v(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}

function versionsOfPlatformatic(api: string): number[] {
  return Object.keys(platformatic).flatMap((name) => {
    const version = new RegExp(`^${api}V(\\d+)$`).exec(name)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

test.each([
  ['Fetch', versionsOfPlatformatic('fetch')],
  ['ListOffsets', versionsOfKafkajs('listOffsets')],
  ['Metadata', versionsOfKafkajs('metadata').filter((v) => versionsOfPlatformatic('metadata').includes(v))],
  ['OffsetFetch', versionsOfKafkajs('offsetFetch')],
  ['FindCoordinator', versionsOfKafkajs('findCoordinator')],
  ['DescribeGroups', versionsOfKafkajs('describeGroups')],
  ['ListGroups', versionsOfKafkajs('listGroups')],
  ['DescribeConfigs', versionsOfKafkajs('describeConfigs')],
])('of %s we say what our clients speak', (name, versions) => {
  const { oldest, newest } = NEEDED_APIS.find((api) => api.name === name) ?? {};
  expect([oldest, newest]).toEqual([Math.min(...versions), Math.max(...versions)]);
});
