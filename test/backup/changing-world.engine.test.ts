import { beforeEach, describe, expect, it } from 'vitest';
import { history } from '../bed/events.ts';
import { kafkaClient } from '../bed/kafka.ts';
import type { Msr, MsrOptions } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { putSink, waitForRunningSink } from '../bed/sink.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { backUp, heldByDump, heldByKafka, waitForLockQueue } from './scene.ts';

const bed = sharedBed();

describe('a backup while the world changes', () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  async function withMsr(options: MsrOptions, work: (msr: Msr) => Promise<void>): Promise<void> {
    const msr = await bed.createMsr(options);
    try {
      await work(msr);
    } finally {
      await msr.drop();
    }
  }

  it('holds a topic that the sink began to read after it was checked', async () => {
    const topics = [`${bed.prefix}.cw.geo`];
    const late = `${bed.prefix}.cw.late`;
    await withMsr({ name: 'pattern', topics, sink: false }, async (msr) => {
      const admin = kafkaClient(bed.brokers).admin();
      await admin.connect();
      try {
        const { topics: _, ...config } = msr.sinkConfig;
        await putSink(bed.connectUrl, msr.connector, {
          ...config,
          'topics.regex': `${bed.prefix}\\.cw\\..*`,
        });
        await waitForRunningSink(bed.connectUrl, msr.connector);
        await msr.produce(someEvents(msr, 100));
        await msr.waitForEvents(100);
        const manifest = await msr.query('admin', async (blocker) => {
          await blocker.query('BEGIN; LOCK TABLE msr.session IN ACCESS EXCLUSIVE MODE');
          const running = backUp(msr, directory);
          await waitForLockQueue(msr, 'msr backup snapshot');
          await admin.createTopics({ topics: [{ topic: late, numPartitions: 2 }] });
          await msr.produce(someEvents({ ...msr, topics: [late] }, 50, 101));
          await msr.waitForEvents(150);
          await blocker.query('COMMIT');
          return { ...(await running) };
        });
        expect(manifest.cut.topics).toMatchObject([{ name: topics[0] }, { name: late, partitions: 2 }]);
        expect(manifest.events.count).toBe(150);
        expect(await heldByDump(msr, directory, manifest)).toEqual(
          await heldByKafka(bed.brokers, manifest.cut),
        );
      } finally {
        await admin.deleteTopics({ topics: [late] }).catch(() => {});
        await admin.disconnect();
      }
    });
  });

  it('is refused where the sink feeds another database', async () => {
    await withMsr({ name: 'fed' }, async (msr) => {
      await msr.produce(someEvents(msr, 100));
      await msr.waitForEvents(100);
      await withMsr({ name: 'other', sink: false }, async (other) => {
        const refused = backUp(msr, directory, { MSR_DATABASE_URL: other.url('backup') });
        await expect(refused).rejects.toMatchObject({
          message: `the database holds none of the 100 events that ${msr.connector} has written last`,
        });
        expect(await sinkState(msr)).toBe('RUNNING');
      });
    });
  });

  it('is taken of a database whose last events the maintenance has dropped', async () => {
    await withMsr({ name: 'idle' }, async (msr) => {
      const to = new Date(Date.now() - 9 * 86_400_000);
      const from = new Date(to.getTime() - 3_600_000);
      await msr.produce(history({ seed: 1, count: 100, topics: msr.topics, from, to }));
      await msr.waitForEvents(100);
      await msr.query('owner', (owner) =>
        owner.query(`SELECT drop_chunks('msr.cdc_event', older_than => now() - interval '7 days')`),
      );
      expect((await backUp(msr, directory)).events.count).toBe(0);
    });
  });
});
