import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = 'src/clients/kafka';

function importers(of: RegExp): string[] {
  return globSync('src/**/*.ts')
    .filter((file) => of.test(readFileSync(file, 'utf8')))
    .sort();
}

test('each Kafka client is used behind its own border', () => {
  const kafkajs = importers(/from 'kafkajs'/);
  const platformatic = importers(/from '@platformatic\/kafka'/);
  expect(kafkajs.filter((file) => !file.startsWith(`${FOLDER}/kafkajs/`))).toEqual([]);
  expect(platformatic.filter((file) => !file.startsWith(`${FOLDER}/platformatic/`))).toEqual([]);
  expect([kafkajs.length, platformatic.length].every((files) => files > 0)).toBe(true);
});

test('both meet in one file', () => {
  const meet = importers(/from '.*\/kafkajs\/[\w-]+\.ts'/);
  expect(meet).toEqual([`${FOLDER}/kafka-admin.ts`]);
  expect(importers(/from '.*\/platformatic\/[\w-]+\.ts'/)).toEqual([
    `${FOLDER}/kafka-admin.ts`,
    `${FOLDER}/kafka-reader.ts`,
  ]);
});
