import { expect, test } from 'vitest';
import { apacheVersion, freezeMeans } from '../../src/clients/connect-version.ts';

test.each([
  ['4.3.1', [4, 3]],
  ['2.8.2', [2, 8]],
  ['3.6.0-IV2', [3, 6]],
  ['3.9.0.redhat-00001', [3, 9]],
  // docs.confluent.io, 'Supported Versions and Interoperability': each platform is of one Apache Kafka.
  ['5.5.1-ccs', [2, 5]],
  ['6.2.0-ce', [2, 8]],
  ['7.5.3-ccs', [3, 5]],
  ['7.6.0-ccs', [3, 6]],
  ['8.1.0-ce', [4, 1]],
  ['unknown', undefined],
  ['', undefined],
])('%s is of Apache Kafka %s', (told, apache) => {
  expect(apacheVersion(told)).toEqual(apache);
});

test.each([
  ['4.3.1', 'REST'],
  ['3.6.0', 'REST'],
  ['7.6.0-ccs', 'REST'],
  // Its answer to the first STOP tells.
  ['unknown', 'REST'],
  ['3.5.2', 'REST and Kafka'],
  ['7.5.3-ccs', 'REST and Kafka'],
  ['3.4.1', 'deletion'],
  ['2.8.2', 'deletion'],
  ['7.4.0-ce', 'deletion'],
])('a sink of a worker of %s is frozen by %s', (version, means) => {
  expect(freezeMeans({ version })).toBe(means);
});
