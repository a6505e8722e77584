import { defineConfig } from 'vitest/config';
import { bedsAtOnce } from './test/bed/beds-at-once.ts';

/**
 * Four projects: `unit` decides from data alone and needs nothing running; so does `infrastructure`, whose
 * files share the CDK once it is loaded; `engines` has beds of real Kafka, Kafka Connect and
 * TimescaleDB, and a file that runs has one for itself; `nightly` meets every version of brokers and workers, and
 * is no part of `npm test`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.engine.test.ts', 'test/lib/**', 'test/nightly/**'],
          // Machines are shared and slow at times; no unit test waits for anything but its own processes.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: ['test/lib/**/*.test.ts'],
          // Loading the CDK takes seconds of each file that has it for itself.
          isolate: false,
          pool: 'forks',
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['test/**/*.engine.test.ts'],
          globalSetup: ['test/bed/global-setup.ts'],
          maxWorkers: bedsAtOnce(),
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'nightly',
          include: ['test/nightly/**/*.nightly.test.ts'],
          globalSetup: ['test/bed/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
