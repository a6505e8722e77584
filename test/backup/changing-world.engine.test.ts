import { beforeEach, describe, expect, it } from 'vitest';
import { history } from '../bed/events.ts';
import { kafkaClient } from '../bed/kafka.ts';
import type { Msr, MsrOptions } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { putSink, waitForRunningSink } from '../bed/sink.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { backUp, backupContext, heldByDump, heldByKafka, waitForLockQueue } from './scene.ts';

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

  it('is refused where the database has lost events that the sink wrote last', async () => {
    await withMsr({ name: 'lossy' }, async (msr) => {
      await msr.produce(someEvents(msr, 400));
      await msr.waitForEvents(400);
      await lose(msr, `entity_state ->> 'n' <> '400'`);
      await expect(backUp(msr, directory)).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(
            `^the database lacks (\\d+) of the \\d+ events that ${msr.connector} has written last: `,
          ),
        ),
      });
      expect(await sinkState(msr)).toBe('RUNNING');
      expect(await backupContext(msr, directory).vault.list('backups/')).toEqual([]);
    });
  });

  it('is taken where the sink may skip events, and tells of them; not where it would have skipped all', async () => {
    await withMsr({ name: 'tolerant', sinkExtra: { 'errors.tolerance': 'all' } }, async (msr) => {
      await msr.produce(someEvents(msr, 400));
      await msr.waitForEvents(400);
      await lose(msr, `(entity_state ->> 'n')::int > 395`);
      const { cut } = await backUp(msr, directory);
      expect(cut.remarks).toEqual([
        expect.stringMatching(
          /^the database lacks 5 of the \d+ events that .* has written last: \d of \d+ in /,
        ),
      ]);
      await lose(msr, `entity_state ->> 'n' <> '390'`);
      await expect(backUp(msr, directory)).rejects.toMatchObject({
        message: expect.stringMatching(
          /^the database holds none of the \d+ events that .* has written last in /,
        ),
      });
    });
  });

  // The Apache edition has no such jobs.
  const itWithJobs = bed.edition === 'community' ? it : undefined;
  itWithJobs?.('is taken where a job of the database drops events sooner than the maintenance', async () => {
    await withMsr({ name: 'dropped' }, async (msr) => {
      const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
      const batch = { seed: 1, topics: msr.topics };
      await msr.produce(history({ ...batch, count: 40, from: hours(60), to: hours(50) }));
      await msr.produce(history({ ...batch, seed: 2, count: 10, from: hours(1), to: hours(0) }));
      await msr.waitForEvents(50);
      await msr.query('owner', (owner) =>
        owner.query(`SELECT add_retention_policy('msr.cdc_event', interval '2 days');
          SELECT drop_chunks('msr.cdc_event', older_than => interval '2 days')`),
      );
      expect((await backUp(msr, directory)).events.count).toBe(10);
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

async function lose(msr: Msr, condition: string): Promise<void> {
  await msr.query('owner', (owner) => owner.query(`DELETE FROM msr.cdc_event WHERE ${condition}`));
}
