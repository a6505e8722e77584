import { afterEach, describe, expect, it } from 'vitest';
import { hourDigestsSql } from '../../../src/ledger/digest-sql.ts';
import { beginNextRound } from '../../../src/ledger/next-round.ts';
import { prove } from '../../../src/ledger/prove.ts';
import type { Msr } from '../../bed/bed.ts';
import { history, messageValue, UGLY_KINDS } from '../../bed/events.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { allRows, countEvents, logEnd, type ReplayScene, replayScene } from './replay-scene.ts';

const HOUR_MS = 3_600_000;

describe('a replay', () => {
  const bed = sharedBed();
  let scene: ReplayScene;

  afterEach(() => scene.drop());

  const span = (hours: number) => ({ from: new Date(Date.now() - hours * HOUR_MS), to: new Date() });
  const digests = async (msr: Msr) =>
    (await msr.query('admin', (client) => client.query(hourDigestsSql('msr.cdc_event')))).rows;

  it('writes what the real sink wrote of the same records, ugly ones too, and balances', async () => {
    scene = await replayScene(bed, { name: 'replayugly', tasks: 2 });
    const { live, target, session } = scene;
    await live.produce(history({ seed: 1, count: 3_000, topics: live.topics, ...span(50) }));
    for (const seed of [2, 3, 4]) {
      const firstNumber = 3_000 + seed * 100;
      await live.produce(
        history({ seed, count: UGLY_KINDS, firstNumber, topics: live.topics, ugly: true, ...span(9) }),
      );
    }
    await live.waitForEvents(3_000 + 3 * (UGLY_KINDS - 1));

    const replayer = await scene.open({ batch: { records: 700, bytes: 300_000 } });
    const summary = await replayer.catchUp();
    await replayer.close();

    expect(summary).toMatchObject({ tombstones: 3, filtered: 0, quarantined: 0 });
    expect(summary.position).toEqual(await logEnd(scene.kafka, live.topics));
    expect(await allRows(target)).toEqual(await allRows(live));
    expect(await digests(target)).toEqual(await digests(live));
    for (const hours of ['all', 'touched'] as const) {
      const ledger = await prove(session, { hours, round: 1 });
      expect(ledger).toMatchObject({ balanced: true, totals: { inserted: summary.inserted, tombstones: 3 } });
      expect(ledger.totals.rows).toBe(summary.inserted);
    }
  });

  it('goes on where it stopped, in a later round too, and writes nothing twice', async () => {
    scene = await replayScene(bed, { name: 'replayresume' });
    const { live, target, session } = scene;
    await live.produce(history({ seed: 5, count: 1_000, topics: live.topics, ...span(5) }));
    const first = await scene.open();
    await first.catchUp();
    await first.close();
    await session.query(`INSERT INTO msr_recovery.recovery (recovery_id, backup_id, phase, round) VALUES ('r', 'b', 'rebuilt', 2);
      INSERT INTO msr_recovery.base_digest SELECT 2, table_name, hour, count, sum FROM msr_recovery.gained`);

    await live.produce(history({ seed: 6, count: 500, firstNumber: 1_001, topics: live.topics, ...span(2) }));
    const second = await scene.open();
    const summary = await second.replayTo(await logEnd(scene.kafka, live.topics));
    expect(await second.replayTo(summary.position)).toMatchObject({
      dataRecords: 0,
      position: summary.position,
    });
    await second.close();

    expect(summary.inserted).toBe(500);
    await live.waitForEvents(1_500);
    expect(await allRows(target)).toEqual(await allRows(live));
    const ledger = await prove(session, { hours: 'touched', round: 2 });
    expect(ledger.balanced).toBe(true);
    expect(ledger.totals.rows).toBeLessThan(1_500);
    expect((await prove(session, { hours: 'all', round: 2 })).totals.rows).toBe(1_500);
  });

  it('shows red in the ledger when one replayed row is deleted and another doubled', async () => {
    scene = await replayScene(bed, { name: 'replayred', sink: false });
    const { live, session } = scene;
    await live.produce(history({ seed: 7, count: 400, topics: live.topics, ...span(3) }));
    const replayer = await scene.open();
    await replayer.catchUp();
    await replayer.close();
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);

    // Within one hour and table, so that every count stays right.
    await session.query(`WITH pair AS (
        SELECT min(e.ctid::text) AS lost, max(e.ctid::text) AS doubled, e.tableoid
        FROM msr.cdc_event e GROUP BY e.tableoid, e.table_name, date_trunc('hour', e.event_timestamp)
        HAVING count(*) > 1 LIMIT 1),
      added AS (
        INSERT INTO msr.cdc_event SELECT e.* FROM msr.cdc_event e, pair
        WHERE e.tableoid = pair.tableoid AND e.ctid = pair.doubled::tid)
      DELETE FROM msr.cdc_event e USING pair WHERE e.tableoid = pair.tableoid AND e.ctid = pair.lost::tid`);

    for (const hours of ['all', 'touched'] as const) {
      const ledger = await prove(session, { hours, round: 1 });
      expect(ledger).toMatchObject({ balanced: false, unbalancedPartitions: [], totals: { rows: 400 } });
      expect(ledger.hours).toHaveLength(1);
      expect(ledger.hours[0]?.actual.count).toBe(ledger.hours[0]?.expected.count);
    }
  });

  const OLD = `(SELECT tableoid, ctid FROM msr.cdc_event WHERE entity_state ->> 'n' = '1')`;
  it.each([
    ['an old row is changed', `UPDATE msr.cdc_event SET op = 'x' WHERE (tableoid, ctid) IN ${OLD}`],
    ['an old row is deleted', `DELETE FROM msr.cdc_event WHERE (tableoid, ctid) IN ${OLD}`],
    [
      'an old row is doubled',
      `INSERT INTO msr.cdc_event SELECT * FROM msr.cdc_event WHERE (tableoid, ctid) IN ${OLD}`,
    ],
  ])('proves a round by its new rows alone, and is red where %s', async (_, harm) => {
    scene = await replayScene(bed, { name: 'replaysince', sink: false });
    const { live, session } = scene;
    const within = { topics: live.topics, ...span(1) };
    await live.produce(history({ seed: 11, count: 300, ...within }));
    const replayer = await scene.open();
    await replayer.catchUp();
    await session.query(
      `INSERT INTO msr_recovery.recovery (recovery_id, backup_id, phase) VALUES ('r', 'b', 'rebuilt')`,
    );
    const round = await beginNextRound(session);
    await live.produce(history({ seed: 12, count: 200, firstNumber: 301, ...within }));
    await replayer.catchUp();
    await replayer.close();

    const inAll = await prove(session, { hours: 'touched', round: round.round });
    const ofNew = await prove(session, { hours: 'touched', ...round });
    expect(ofNew).toEqual(inAll);
    expect(ofNew).toMatchObject({ balanced: true, round: 2, totals: { inserted: 500 } });
    await session.query(harm);
    expect((await prove(session, { hours: 'touched', ...round })).balanced).toBe(false);
  });

  it('keeps aside the records that no database can hold, and only those', async () => {
    scene = await replayScene(bed, { name: 'replaypoison', sink: false });
    const { live, target, session } = scene;
    await live.produce(history({ seed: 8, count: 900, topics: live.topics, ...span(3) }));
    const usual = {
      entity_id: 'p',
      op: 'u',
      event_timestamp: Date.now(),
      table_name: 'gis.track',
      data: '{}',
    } as const;
    const poison = [
      messageValue({ ...usual, data: '{"nul":"\\u0000"}' }),
      messageValue({ ...usual, data: '{' }),
      messageValue({ ...usual, op: 'uu' as 'u' }),
      messageValue({ ...usual, event_timestamp: -9e15 }),
      '{"not":"an envelope"}',
    ];
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    const topic = live.topics[0] ?? '';
    await producer.send({ topic, messages: poison.map((value) => ({ value, partition: 0 })) });
    await producer.disconnect();
    await live.produce(history({ seed: 9, count: 100, firstNumber: 901, topics: live.topics, ...span(1) }));

    const replayer = await scene.open();
    const summary = await replayer.catchUp();
    await replayer.close();

    expect(summary).toMatchObject({ dataRecords: 1_005, inserted: 1_000, quarantined: 5 });
    expect(await countEvents(target)).toBe(1_000);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
    const { rows } = await session.query(
      'SELECT reason, value FROM msr_recovery.quarantine ORDER BY record_offset',
    );
    expect(rows.map(({ value }) => value.toString())).toEqual(poison);
    expect(rows.map(({ reason }) => reason)).toEqual([
      'field data cannot be jsonb: \\u0000 cannot be held by jsonb',
      'field data cannot be jsonb: invalid JSON: the end at position 1',
      'value too long for type character(1) (SQLSTATE 22001)',
      'event_timestamp -9000000000000000 is beyond the year 275760',
      'the value is not a JSON object of a schema and a payload',
    ]);
  });

  it.each(['read_uncommitted', 'read_committed'] as const)(
    'reads transactions as a %s sink does, and ends behind their markers',
    async (isolation) => {
      scene = await replayScene(bed, { name: `replaytx${isolation.length}`, isolation, partitions: 1 });
      const { live, target } = scene;
      const events = [...history({ seed: 10, count: 30, topics: live.topics, ...span(1) })];
      await sendTransactions(
        live,
        events.map(({ topic, payload }) => ({ topic, value: messageValue(payload) })),
      );
      const expected = isolation === 'read_committed' ? 20 : 30;
      await live.waitForEvents(expected);

      const replayer = await scene.open();
      const summary = await replayer.catchUp();
      await replayer.close();

      expect(summary.dataRecords).toBe(expected);
      expect(summary.position).toEqual(await logEnd(scene.kafka, live.topics));
      expect(await allRows(target)).toEqual(await allRows(live));
    },
  );

  /** The first third is committed, the second aborted, the last committed. */
  async function sendTransactions(
    live: Msr,
    messages: { topic: string; value: string | null }[],
  ): Promise<void> {
    const producer = kafkaClient(bed.brokers).producer({
      transactionalId: `${live.database}-tx`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    for (const part of [0, 1, 2]) {
      const transaction = await producer.transaction();
      for (const { topic, value } of messages.slice(part * 10, part * 10 + 10)) {
        await transaction.send({ topic, messages: [{ value }] });
      }
      await (part === 1 ? transaction.abort() : transaction.commit());
    }
    await producer.disconnect();
  }

  it('refuses a batch that is mostly poison: it would call balanced what it has left out', async () => {
    scene = await replayScene(bed, { name: 'replayjunk', sink: false });
    const { live, target } = scene;
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    const messages = Array.from({ length: 200 }, (_, n) => ({ value: `{"n":${n}}` }));
    await producer.send({ topic: live.topics[0] ?? '', messages });
    await producer.disconnect();
    const replayer = await scene.open();
    await expect(replayer.catchUp()).rejects.toThrow(
      '200 of 200 records cannot be replayed; the first one: the value is not a JSON object of a schema and a payload',
    );
    await replayer.close();
    expect(await countEvents(target)).toBe(0);
  });

  it('lets nobody else replay into the same database', async () => {
    scene = await replayScene(bed, { name: 'replayfence', sink: false });
    const first = await scene.open();
    await expect(scene.open()).rejects.toThrow('another replayer writes to the recovered database');
    await first.close();
    await (await scene.open()).close();
  });

  it('refuses a database that was built from another cut', async () => {
    scene = await replayScene(bed, { name: 'replayother', sink: false, partitions: 1 });
    const { live } = scene;
    await live.produce(history({ seed: 12, count: 100, topics: live.topics, ...span(1) }));
    await (await scene.open()).close();
    const start = live.topics.map((topic) => ({ topic, partition: 0, offset: 5 }));
    await expect(scene.open({ start })).rejects.toThrow('is being replayed from 0, not from 5');
  });

  it('refuses a cut that retention has passed, naming the hole', async () => {
    scene = await replayScene(bed, { name: 'replayhole', sink: false, partitions: 1 });
    const { live } = scene;
    await live.produce(history({ seed: 11, count: 100, topics: live.topics, ...span(1) }));
    const topic = live.topics[0] ?? '';
    const admin = kafkaClient(bed.brokers).admin();
    await admin.connect();
    // kafkajs deletes in topics only that it has met.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] });
    await admin.disconnect();
    await expect(scene.open()).rejects.toThrow(
      `${topic}-0: the replay must begin at offset 0, but the log begins at 7: 7 offsets are lost for ever`,
    );
  });
});
