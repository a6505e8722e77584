import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BedEvent, history, UGLY_KINDS } from './events.ts';
import { SNAPSHOT_ROWS_SQL, snapshotTruth } from './maintenance-truth.ts';
import type { Msr } from './msr.ts';
import { chooseSeed } from './random.ts';
import { sharedBed } from './shared-bed.ts';
import { sinkStatus } from './sink.ts';
import { withClient } from './timescale/server.ts';

const DAY_MS = 86_400_000;
const bed = sharedBed();
const seed = chooseSeed();

describe(`a bed's MSR (${bed.edition} edition, MSR_BED_SEED=${seed})`, () => {
  let msr: Msr;
  let events: BedEvent[];

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'bedtest', tasks: 2, jobs: false });
    const now = Date.now();
    const span = (from: number, to: number) => ({
      seed,
      topics: msr.topics,
      from: new Date(now - from * DAY_MS),
      to: new Date(now - to * DAY_MS),
    });
    events = [...history({ ...span(10, 0), count: 6_000, entities: 300 })];
    await msr.produce(events);
    await msr.waitForEvents(events.length);
    await msr.refreshAggregate();
  });

  afterAll(() => msr?.drop());

  it('runs the sink with as many tasks as asked for', async () => {
    const { connector, tasks } = await sinkStatus(bed.connectUrl, msr.connector);
    expect([connector, ...tasks].map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  });

  it('has brought every event through Kafka and the real sink, once', async () => {
    const { rows } = await msr.query('api', (client) =>
      client.query(
        `SELECT count(*)::int AS rows, count(DISTINCT entity_state ->> 'n')::int AS numbers
         FROM msr.cdc_event`,
      ),
    );
    expect(rows[0]).toEqual({ rows: events.length, numbers: events.length });
  });

  it('maintenance builds the true snapshot and drops what is older', async () => {
    for (const playbackDays of [7, 7, 5]) {
      const cutoff = await maintain(playbackDays);
      const snapshot = await msr.query('api', (client) => client.query(SNAPSHOT_ROWS_SQL));
      expect(snapshot.rows).toEqual(snapshotTruth(events, cutoff));
      const kept = await msr.query('api', (client) =>
        client.query<{ oldest: Date }>('SELECT min(event_timestamp) AS oldest FROM msr.cdc_event'),
      );
      expect(kept.rows[0]?.oldest.getTime()).toBeGreaterThan(cutoff.getTime() - 3_600_000);
    }
  });

  // The Apache edition has no jobs: there this is one of the things that are not run.
  if (bed.edition === 'community') {
    it('has the policies of production', async () => {
      const { rows } = await msr.query('owner', (client) =>
        client.query<{ proc_name: string }>(
          'SELECT proc_name FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY 1',
        ),
      );
      expect(rows.map(({ proc_name }) => proc_name)).toEqual([
        'policy_compression',
        'policy_compression',
        'policy_refresh_continuous_aggregate',
        'policy_retention',
      ]);
    });
  }

  /** Runs maintenance as the owner and returns the cutoff it worked with. */
  async function maintain(playbackDays: number): Promise<Date> {
    return msr.query('owner', async (client) => {
      await client.query(`UPDATE msr.configuration SET value = $1 WHERE config_key = 'MAX_PLAYBACK_RANGE'`, [
        playbackDays,
      ]);
      await client.query('SELECT msr.refresh_earliest_snapshot()');
      const { rows } = await client.query<{ cutoff_time: Date }>(
        'SELECT cutoff_time FROM msr.snapshot_pointer',
      );
      if (rows[0] === undefined) throw new Error('no snapshot pointer');
      return rows[0].cutoff_time;
    });
  }
});

describe(`ugly events through the real sink (MSR_BED_SEED=${seed})`, () => {
  let msr: Msr;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'uglytest' });
  });

  afterAll(() => msr?.drop());

  it('arrive as what they are; tombstones make no row', async () => {
    const to = new Date();
    const from = new Date(to.getTime() - DAY_MS);
    const events = [...history({ seed, count: 3 * UGLY_KINDS, topics: msr.topics, from, to, ugly: true })];
    const payloads = events.flatMap(({ payload }) => payload ?? []);
    await msr.produce(events);
    await msr.waitForEvents(payloads.length);
    const { rows } = await msr.query('api', (client) =>
      // The multiset of both sides, compared as PostgreSQL reads the text: no JSON of ours in between.
      client.query(
        `WITH sent AS (
           SELECT entity_id, data::jsonb, op, to_timestamp(event_timestamp / 1000.0) AS at, table_name
           FROM json_to_recordset($1::json)
             AS e(entity_id text, data text, op char(1), event_timestamp numeric, table_name text)
         ), stored AS (SELECT entity_id, entity_state, op, event_timestamp, table_name FROM msr.cdc_event)
         SELECT (SELECT count(*)::int FROM (TABLE sent EXCEPT ALL TABLE stored) AS d) AS lost,
                (SELECT count(*)::int FROM (TABLE stored EXCEPT ALL TABLE sent) AS d) AS strange`,
        [JSON.stringify(payloads)],
      ),
    );
    expect(rows[0]).toEqual({ lost: 0, strange: 0 });
  });
});

describe('the roles', () => {
  let msr: Msr;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'roletest', sink: false });
  });

  afterAll(() => msr?.drop());

  it.each([
    ['sink', 'SELECT count(*) FROM msr.cdc_event'],
    ['sink', 'DELETE FROM msr.session'],
    ['api', `UPDATE msr.configuration SET value = '1'`],
    ['api', 'TRUNCATE msr.cdc_event'],
    ['backup', 'DELETE FROM msr.cdc_event'],
    ['backup', `INSERT INTO msr.configuration VALUES ('a', 'b', 'c')`],
    ['backup', 'CREATE TABLE msr.own ()'],
  ] as const)('%s may not %s', async (role, statement) => {
    await expect(msr.query(role, (client) => client.query(statement))).rejects.toThrow(/permission denied/);
  });

  it.each([
    ['sink', `INSERT INTO msr.cdc_event VALUES ('e', '{}', 'c', now(), 'gis.track')`],
    ['api', 'SELECT * FROM msr.current_earliest_snapshot'],
    ['api', 'DELETE FROM msr.session'],
    ['backup', 'BEGIN; LOCK TABLE msr.cdc_event IN SHARE MODE; COMMIT'],
    ['backup', 'SELECT * FROM _timescaledb_catalog.hypertable'],
    ['owner', 'SELECT msr.refresh_earliest_snapshot()'],
  ] as const)('%s may %s', async (role, statement) => {
    await msr.query(role, (client) => client.query(statement));
  });

  it('no one else may connect', async () => {
    const stranger = `${bed.prefix}_stranger`;
    await msr.query('admin', (admin) => admin.query(`CREATE ROLE "${stranger}" LOGIN PASSWORD 'x'`));
    try {
      const url = new URL(msr.url('admin'));
      url.username = stranger;
      url.password = 'x';
      await expect(withClient(url.href, (client) => client.query('SELECT 1'))).rejects.toThrow(
        /permission denied for database/,
      );
    } finally {
      await msr.query('admin', (admin) => admin.query(`DROP ROLE "${stranger}"`));
    }
  });
});
