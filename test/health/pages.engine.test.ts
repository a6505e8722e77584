import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../../src/clients/connect.ts';
import { createFreeze, deleteFreeze, newFreezeRecord } from '../../src/freeze/freeze-record.ts';
import { history, messageValue } from '../bed/events.ts';
import { freePort } from '../bed/ports.ts';
import { run } from '../bed/run.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { deleteSink, putSink, resumeSink, stopSink, waitForRunningSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { needing, PERIOD } from './on-call.ts';
import { WatchedMsr } from './watched-msr.ts';

const bed = sharedBed();
const connect = connectClient({ url: bed.connectUrl });
/** What FAILED may be started again; never what was stopped, nor at a record that would fail it again. */
const REMEDIED = { MSR_RESTART_FAILED_TASKS: 'true' };

describe('one page for each failure, and its end', () => {
  let watched: WatchedMsr;
  let sink: string;
  beforeAll(async () => {
    watched = await WatchedMsr.create(bed, {
      ...{ name: 'pages', partitions: 1 },
      // A task that is told to end does so between two polls: within its grace, however slow the database is.
      sinkExtra: { 'consumer.override.max.poll.records': '100' },
    });
    sink = watched.msr.connector;
  });
  afterAll(() => watched?.drop());

  const age = (hours: number) =>
    watched.msr.query('admin', (admin) =>
      admin.query(`UPDATE msr.snapshot_pointer SET last_refresh = now() - make_interval(hours => ${hours})`),
    );

  it('the database is stopped', () =>
    watched.passes({
      cause: () => watched.server.close(),
      mend: () => watched.server.open(),
      told: 'page health-database',
      needing: ['database page'],
      because: /cannot be reached|ECONNREFUSED/,
    }));

  it('the database refuses the login', async () => {
    const refused = new URL(watched.env['MSR_DATABASE_URL'] ?? '');
    refused.password = 'not-this-one';
    await watched.passes({
      during: { MSR_DATABASE_URL: refused.href },
      told: 'page health-database',
      needing: ['database page'],
      because: /refused the credentials of the URL/,
    });
    expect(await watched.onCall.statusPage()).not.toContain('not-this-one');
  });

  it('the sink is stopped, and nobody froze it', () =>
    watched.passes({
      cause: () => stopSink(bed.connectUrl, sink),
      during: REMEDIED,
      mend: () => resumeSink(bed.connectUrl, sink),
      told: 'page health-sink',
      needing: ['sink-running page'],
      because: /is STOPPED.*, and nothing of msr holds it/,
    }));

  it('the sink is paused', () =>
    watched.passes({
      cause: async () => {
        await connect.pause(sink);
        await waitFor('the sink to pause', async () => {
          const { connector, tasks } = await connect.status(sink);
          return connector === 'PAUSED' && tasks.every(({ state }) => state === 'PAUSED');
        });
      },
      during: REMEDIED,
      mend: () => resumeSink(bed.connectUrl, sink),
      told: 'page health-sink',
      needing: ['sink-running page'],
      because: /is PAUSED.*, and nothing of msr holds it/,
    }));

  it('the sink fails at a record, which is named', async () => {
    const [topic = ''] = watched.msr.topics;
    const at = (await watched.committed()).find((each) => each.topic === topic)?.offset ?? 0;
    await watched.passes({
      cause: async () => {
        const to = new Date();
        const [event] = history({
          seed: 5,
          count: 1,
          topics: [topic],
          from: new Date(to.getTime() - 1000),
          to,
        });
        if (!event?.payload) throw new Error('there is no event');
        await watched.msr.produce([{ ...event, payload: { ...event.payload, data: '"\\u0000"' } }]);
        await waitFor('the task to fail', async () => {
          // A sink that has met it says so with the next record.
          await watched.send(1, [topic]);
          return (await connect.status(sink)).tasks.some(({ state }) => state === 'FAILED');
        });
      },
      during: REMEDIED,
      mend: async () => {
        expect((await connect.status(sink)).tasks[0]?.state).toBe('FAILED');
        await stopSink(bed.connectUrl, sink);
        await connect.alterOffsets(sink, [{ topic, partition: 0, offset: at + 1 }]);
        await resumeSink(bed.connectUrl, sink);
        await watched.written();
      },
      told: 'page health-sink',
      needing: ['sink-running page'],
      because: new RegExp(`offset \\d+ of ${topic}-0 \\(.*u0000`),
    });
  });

  it('the database is slow, and the lag fills', () =>
    watched.passes({
      cause: async () => {
        await watched.msr.query('admin', (admin) =>
          admin.query(`
            CREATE FUNCTION msr.slow() RETURNS trigger LANGUAGE plpgsql AS
              $$BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END$$;
            CREATE TRIGGER slow BEFORE INSERT ON msr.cdc_event FOR EACH ROW EXECUTE FUNCTION msr.slow()`),
        );
        await watched.send(11_500, watched.msr.topics.slice(0, 1));
      },
      looks: 3,
      between: async () => {
        const before = JSON.stringify(await watched.committed());
        await watched.restartSink((committed) => JSON.stringify(committed) !== before);
      },
      mend: async () => {
        await watched.msr.query('admin', (admin) => admin.query('DROP FUNCTION msr.slow() CASCADE'));
        await watched.written();
      },
      told: 'page health-sink',
      needing: ['sink-lag page'],
      because: /messages wait for the sink/,
    }));

  it('a lock keeps the sink from writing', async () => {
    const held = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const session = watched.msr.query('admin', async (admin) => {
      await admin.query('BEGIN; LOCK TABLE msr.cdc_event IN SHARE MODE');
      held.resolve();
      await released.promise;
      await admin.query('ROLLBACK');
    });
    await watched.passes({
      cause: async () => {
        await held.promise;
        await watched.send(50);
      },
      mend: async () => {
        released.resolve();
        await session;
        await watched.written();
      },
      told: 'page health-sink',
      needing: ['sink-stalled page'],
      because: /has committed nothing since .* messages wait/,
    });
  });

  it('the sink is held still by a backup that is long gone', async () => {
    const record = {
      ...newFreezeRecord({
        connector: sink,
        purpose: 'backup',
        owner: '20260101T000000Z-dead',
        found: 'RUNNING',
      }),
      startedAt: new Date(Date.now() - 3_600_000).toISOString(),
    };
    await watched.passes({
      cause: async () => {
        await createFreeze(watched.onCall.vault, record);
        await stopSink(bed.connectUrl, sink);
      },
      mend: async () => {
        await resumeSink(bed.connectUrl, sink);
        await deleteFreeze(watched.onCall.vault, record);
      },
      told: 'page health-sink',
      needing: ['sink-frozen page'],
      because: /is held still by the backup 20260101T000000Z-dead for/,
    });
  });

  it('the pointer has aged: a ticket, which a page takes the place of', async () => {
    const { onCall } = watched;
    await onCall.begin();
    await onCall.look();
    await age(26);
    await onCall.look();
    expect(needing(await onCall.look())).toContain('snapshot-fresh ticket');
    await age(50);
    await onCall.look();
    expect(needing(await onCall.look())).toContain('snapshot-fresh page');
    await age(0);
    await onCall.look();
    await onCall.look();
    expect(onCall.toldSince(PERIOD).map(({ said }) => said)).toEqual([
      'ticket health-snapshot-fresh-ticket begins',
      'ticket health-snapshot-fresh-ticket ends',
      'page health-snapshot-fresh begins',
      'page health-snapshot-fresh ends',
    ]);
  });

  it('a source fails, whose topic the sink reads', async () => {
    const [topic = ''] = watched.msr.topics;
    const source = `${sink}-source`;
    const file = join(watched.directory, 'source.txt');
    const config = (most: number) => ({
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
      'tasks.max': '1',
      file,
      topic,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'producer.override.max.request.size': String(most),
    });
    const write = async (state: string) => {
      const event = {
        entity_id: 'from-a-file',
        op: 'u' as const,
        event_timestamp: Date.now(),
        table_name: 'gis.geo',
      };
      await appendFile(file, `${messageValue({ ...event, data: JSON.stringify({ state }) })}\n`);
    };
    await write('short');
    await putSink(bed.connectUrl, source, config(2_000));
    await waitForRunningSink(bed.connectUrl, source);
    watched.alsoProduced(1);
    await watched.written();
    try {
      await watched.passes({
        cause: async () => {
          await write('long'.repeat(1_000));
          await waitFor('the source to fail', async () =>
            (await connect.status(source)).tasks.some(({ state }) => state === 'FAILED'),
          );
        },
        mend: async () => {
          await putSink(bed.connectUrl, source, config(1_000_000));
          watched.alsoProduced(1);
          await watched.written();
          await waitForRunningSink(bed.connectUrl, source);
        },
        told: 'page health-sink',
        needing: ['sink-running page'],
        because: new RegExp(`the source ${source} is .*FAILED`),
      });
    } finally {
      await deleteSink(bed.connectUrl, source);
    }
  });

  it('another zone lacks an hour', async () => {
    const other = await bed.createMsr({ name: 'pagesb', partitions: 1, sink: false });
    const zones = { MSR_ZONES: JSON.stringify({ 'az-b': other.url('backup') }) };
    // The newest hour that is closed was compared by the run before it.
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 4 * 3_600_000;
    const insert = (target: typeof other, id: string) =>
      target.query('admin', (admin) =>
        admin.query(`INSERT INTO msr.cdc_event VALUES ($1, '{"n": 1}', 'c', $2, 'gis.geo_entity')`, [
          id,
          new Date(hour + 60_000),
        ]),
      );
    try {
      await watched.passes({
        cause: async () => {
          await insert(watched.msr, 'in both');
          await insert(other, 'in both');
          await insert(watched.msr, 'here alone');
        },
        mend: () => insert(other, 'here alone'),
        always: zones,
        // One more hour may close meanwhile, and is compared first.
        looks: 3,
        told: 'ticket health-zones',
        needing: ['zones ticket'],
        because: /zone az-b, hour .*: gis.geo_entity in the hour of .* has 1 events instead of 2/,
      });
    } finally {
      await other.drop();
      await watched.msr.query('admin', (admin) =>
        admin.query(`DELETE FROM msr.cdc_event WHERE entity_id IN ('in both', 'here alone')`),
      );
    }
  });

  it('the file system of the vault fills', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'msr-small-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount]);
    const full = join(mount, 'full');
    try {
      await cp(watched.directory, mount, { recursive: true });
      await watched.in(mount).passes({
        cause: () => writeFile(full, Buffer.alloc(6.8 * 2 ** 20)),
        mend: () => rm(full),
        told: 'page health-vault-space',
        needing: ['vault-space page'],
        because: /of 8.39 MB free/,
      });
    } finally {
      await run('umount', [mount]);
      await rm(mount, { recursive: true });
    }
  });

  it('Kafka does not answer', async () =>
    watched.passes({
      during: { MSR_KAFKA_BROKERS: `127.0.0.1:${await freePort()}` },
      told: 'page health-unknown',
      needing: [],
      because: /Kafka at .* cannot be used/,
      answer: /whether nothing is lost is not known/,
    }));

  it('Kafka Connect does not answer', async () =>
    watched.passes({
      during: { MSR_CONNECT_URL: `http://127.0.0.1:${await freePort()}` },
      told: 'page health-sink',
      needing: ['sink-running page'],
      because: /Kafka Connect at .* cannot be reached/,
    }));
});
