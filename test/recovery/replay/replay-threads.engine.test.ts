import { afterEach, describe, expect, it, vi } from 'vitest';
import { OperatorError } from '../../../src/core/operator-error.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { hourDigestsSql } from '../../../src/ledger/digest-sql.ts';
import { prove } from '../../../src/ledger/prove.ts';
import type { Msr } from '../../bed/bed.ts';
import { history, UGLY_KINDS } from '../../bed/events.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { allRows, countEvents, type ReplayScene, replayContext, replayScene } from './replay-scene.ts';

const HOUR_MS = 3_600_000;
const BATCH = { records: 200, bytes: 300_000 };
const THREADS = 3;

describe('a replay in threads', () => {
  const bed = sharedBed();
  let scene: ReplayScene;

  afterEach(() => scene.drop());

  const span = (hours: number) => ({ from: new Date(Date.now() - hours * HOUR_MS), to: new Date() });
  const digests = async (msr: Msr) =>
    (await msr.query('admin', (client) => client.query(hourDigestsSql('msr.cdc_event')))).rows;
  const open = (context = {}) =>
    scene.open({ batch: BATCH }, { ...replayContext(scene.kafka, THREADS), ...context });
  const sessions = async () => {
    const { rows } = await scene.session.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'msr replay'`,
    );
    return rows[0]?.n;
  };

  /** Sessions that wait for a lock of the replay. */
  const waiting = async () => {
    const { rows } = await scene.session.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]?.n;
  };

  it('writes what the real sink wrote, ugly records too, over many hours at once, and balances', async () => {
    scene = await replayScene(bed, { name: 'threadsugly', tasks: 2 });
    const { live, target, session } = scene;
    await live.produce(history({ seed: 21, count: 3_000, topics: live.topics, ...span(30) }));
    const ugly = { seed: 22, count: 2 * UGLY_KINDS, firstNumber: 3_001, ugly: true };
    await live.produce(history({ ...ugly, topics: live.topics, ...span(9) }));
    await live.waitForEvents(3_000 + 2 * (UGLY_KINDS - 1));

    const replayer = await open();
    const summary = await replayer.catchUp();
    expect(await sessions()).toBe(THREADS);
    await replayer.close();
    expect(await sessions()).toBe(0);

    expect(summary).toMatchObject({ tombstones: 2, quarantined: 0 });
    expect(await allRows(target)).toEqual(await allRows(live));
    expect(await digests(target)).toEqual(await digests(live));
    const ledger = await prove(session, { hours: 'all', round: 1 });
    expect(ledger).toMatchObject({ balanced: true, totals: { inserted: summary.inserted, tombstones: 2 } });
  });

  it('stops when it is told to, with all its threads, and goes on later', async () => {
    scene = await replayScene(bed, { name: 'threadsstop', sink: false, partitions: 1 });
    const { live, target, session } = scene;
    // More than one answer of Kafka holds, of each partition.
    await live.produce(history({ seed: 23, count: 6_000, topics: live.topics, ...span(4) }));
    const stop = new AbortController();
    const reason = new Error('the operator stops it');
    const progress = { ...silentProgress, update: () => stop.abort(reason) };
    const stopped = await open({ signal: stop.signal, progress });
    await expect(stopped.catchUp()).rejects.toBe(reason);
    await stopped.close();
    expect(await sessions()).toBe(0);
    expect(await countEvents(target)).toBeLessThan(6_000);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);

    const replayer = await open();
    await replayer.catchUp();
    await replayer.close();
    expect(await countEvents(target)).toBe(6_000);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
  });

  it('fails as one where a thread does', async () => {
    scene = await replayScene(bed, { name: 'threadsjunk', sink: false, partitions: 1 });
    const { live, target } = scene;
    const [good = '', bad = ''] = live.topics;
    // The larger partition is the first lane's; junk lies in the other.
    await live.produce(history({ seed: 24, count: 2_000, topics: [good], ...span(4) }));
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    const messages = Array.from({ length: 600 }, (_, n) => ({ value: `{"n":${n}}` }));
    await producer.send({ topic: bad, messages });
    await producer.disconnect();
    const replayer = await open();
    const failed = replayer.catchUp();
    await expect(failed).rejects.toBeInstanceOf(OperatorError);
    await expect(failed).rejects.toThrow('200 of 200 records cannot be replayed');
    await replayer.close();
    expect(await countEvents(target)).toBeLessThanOrEqual(2_000);
  });

  it('lets nobody else begin while a thread may still commit', async () => {
    scene = await replayScene(bed, { name: 'threadsfence', sink: false });
    const { live } = scene;
    await live.produce(history({ seed: 25, count: 2_000, topics: live.topics, ...span(1) }));
    const first = await open();
    await first.catchUp();
    // The session with the lock of the whole replay is lost; its threads' are not.
    await scene.session.query(
      `SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l
       WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const second = open();
    await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 30_000, interval: 50 });
    await first.close();
    await (await second).close();
  });
});
