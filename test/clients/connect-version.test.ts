import { describe, expect, test } from 'vitest';
import {
  apacheVersion,
  requireCapableWorker,
  UPGRADE_WORKERS,
  workerLacks,
} from '../../src/clients/connect-version.ts';

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

describe('a worker', () => {
  test.each(['3.6.0', '3.9.2', '4.3.1', '7.6.0-ccs', 'unknown'])('of %s will do', async (version) => {
    expect(workerLacks({ version })).toBeUndefined();
    await requireCapableWorker(workerOf(version));
  });

  test.each([
    [
      '2.8.2',
      'a worker of version 2.8.2 cannot stop a sink so that its offsets are whole, nor tell or set them',
    ],
    [
      '3.4.1',
      'a worker of version 3.4.1 cannot stop a sink so that its offsets are whole, nor tell or set them',
    ],
    ['3.5.2', 'a worker of version 3.5.2 can stop a sink and tell its offsets, but cannot set them'],
    [
      '7.5.3-ccs',
      'a worker of version 7.5.3-ccs, of Apache Kafka 3.5, can stop a sink and tell its offsets, but cannot set them',
    ],
  ])('of %s is refused by what it lacks', async (version, lack) => {
    await expect(requireCapableWorker(workerOf(version))).rejects.toMatchObject({
      message: `Kafka Connect at http://connect:8083: ${lack} (KIP-875)`,
      hint: UPGRADE_WORKERS,
    });
  });
});

function workerOf(version: string) {
  return { url: 'http://connect:8083', worker: async () => ({ version, kafkaClusterId: 'one' }) };
}
