import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAdmin } from '../bed/kafka.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { resumeSink, stopSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { needing, PERIOD } from './on-call.ts';
import { STANDING, WatchedMsr } from './watched-msr.ts';

const bed = sharedBed();
const HOUR_MS = 3_600_000;

describe('one page for each failure of backups, and its end', () => {
  let watched: WatchedMsr;
  beforeAll(async () => {
    watched = await WatchedMsr.create(bed, { name: 'pageb', partitions: 1 });
  });
  afterAll(() => watched?.drop());

  const newestDump = async () => {
    const ids = (await readdir(join(watched.directory, 'backups'))).sort();
    return join(watched.directory, 'backups', ids.at(-1) ?? '', 'database.dump');
  };
  const retain = (ms: number) =>
    withAdmin(bed.brokers, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: watched.msr.topics.map((name) => ({
          type: 2,
          name,
          configEntries: [{ name: 'retention.ms', value: String(ms) }],
        })),
      }),
    );

  it('an artifact of the newest backup is not what was written', async () => {
    const dump = await newestDump();
    const written = await readFile(dump);
    const changed = Buffer.from(written);
    changed[0] = ~(changed[0] ?? 0);
    await watched.passes({
      cause: () => writeFile(dump, changed),
      mend: () => writeFile(dump, written),
      told: 'page health-vault-integrity',
      needing: ['vault-integrity page'],
      because: /database.dump is not what was written: its SHA-256 is/,
      answer: /^Can we recover now\? Perhaps, .*database.dump is not what was written/,
    });
  });

  it.each([
    ['is cut off', (dump: string) => truncate(dump, 1000), /has 1000 bytes; the manifest says/],
    ['is gone', (dump: string) => rm(dump), /database.dump is missing/],
  ])(
    'the only backup %s: a page until the next one, a ticket as long as it lies there',
    async (_, cause, because) => {
      const { onCall } = watched;
      const dump = await newestDump();
      await onCall.begin();
      await onCall.look();
      await cause(dump);
      const status = await onCall.look();
      expect(status.outlook.text).toBe('Can we recover now? No: there is no usable backup');
      expect(status.results.flatMap(({ evidence }) => evidence).join()).toMatch(because);
      await onCall.look();
      await watched.backup();
      expect((await onCall.look()).outlook.answer).toBe('yes');
      expect(needing(await onCall.look())).toContain('vault-integrity ticket');
      await rm(join(dump, '..'), { recursive: true });
      await onCall.look();
      expect(needing(await onCall.look())).toEqual(STANDING);
      expect(
        onCall
          .toldSince(PERIOD)
          .map(({ said }) => said)
          .sort(),
      ).toEqual([
        'page health-vault-integrity begins',
        'page health-vault-integrity ends',
        'ticket health-vault-integrity-ticket begins',
        'ticket health-vault-integrity-ticket ends',
      ]);
    },
  );

  it('retention is shortened, and the start of the log moves beyond the backup', () =>
    watched.passes({
      cause: async () => {
        await watched.send(20);
        await watched.written();
        await retain(3 * HOUR_MS);
      },
      between: async () => {
        await retain(1);
        await waitFor('Kafka to forget', () =>
          withAdmin(bed.brokers, async (admin) => {
            const ends = await Promise.all(watched.msr.topics.map((topic) => admin.fetchTopicOffsets(topic)));
            return ends.flat().every(({ low, high }) => low === high);
          }),
        );
      },
      mend: async () => {
        await retain(168 * HOUR_MS);
        await watched.backup();
      },
      looks: 2,
      told: 'page health-backup-replayable',
      needing: ['backup-replayable page'],
      because: /records of .* after the backup are gone/,
      paged:
        /Found: backup-replayable: Kafka holds every event since .*, for another [\d.]+ h \(retention.ms of/,
      answer: /^Can we recover now\? Not without loss/,
    }));

  it('a topic is made anew', async () => {
    const [topic = ''] = watched.msr.topics;
    await watched.passes({
      cause: async () => {
        await stopSink(bed.connectUrl, watched.msr.connector);
        await withAdmin(bed.brokers, async (admin) => {
          await admin.deleteTopics({ topics: [topic] });
          await waitFor('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
          await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
          await waitFor('the topic to be there', async () => (await admin.listTopics()).includes(topic));
        });
        await resumeSink(bed.connectUrl, watched.msr.connector);
      },
      mend: async () => {
        await watched.send(20);
        await watched.written();
        await watched.backup();
      },
      told: 'page health-backup-replayable',
      needing: ['backup-replayable page'],
      because: /created anew/,
      answer: /^Can we recover now\? Not without loss/,
    });
  });
});
