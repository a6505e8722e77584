import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, withSession } from '../../../src/clients/postgres.ts';
import type { HourDigest } from '../../../src/ledger/digest.ts';
import { countEvents, subtractDigests } from '../../../src/ledger/digest-sums.ts';
import { readDigests } from '../../../src/ledger/read-digests.ts';
import { readJobs, readSavedJobs } from '../../../src/live/jobs.ts';
import { readRecoveryState } from '../../../src/live/phase.ts';
import { NOT_IN_THIS_EDITION, rebuildDerived, smallRefresh } from '../../../src/recovery/rebuild/rebuild.ts';
import { restoreDatabase } from '../../../src/recovery/restore/restore.ts';
import type { BedEvent } from '../../bed/events.ts';
import { INSERT_EVENTS_SQL, SNAPSHOT_ROWS_SQL, snapshotTruth } from '../../bed/maintenance-truth.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { makeBackup } from '../hand-made-backup.ts';
import { daysOfEvents } from '../msr-history.ts';
import { recoveryContext } from '../recovery-context.ts';
import { type BackedUpMsr, backedUpMsr } from '../restore/restored-msr.ts';

const community = sharedBed().edition === 'community';

/** Writes events as the replayer does: the rows, and what round 1 gained by them, in one transaction. */
async function replay(session: Session, events: readonly BedEvent[]): Promise<void> {
  const before = await readDigests(session);
  await session.query('BEGIN');
  const payloads = events.flatMap(({ payload }) => (payload === null ? [] : [payload]));
  await session.query(INSERT_EVENTS_SQL, [JSON.stringify(payloads)]);
  const gained = subtractDigests(await readDigests(session), before);
  await session.query(
    `INSERT INTO msr_recovery.gained (round, table_name, hour, count, sum)
     SELECT 1, "table", hour, count, sum::numeric
     FROM json_to_recordset($1::json) AS digests("table" text, hour text, count bigint, sum text)`,
    [JSON.stringify(gained)],
  );
  await session.query('COMMIT');
}

async function roundTwoBase(session: Session): Promise<HourDigest[]> {
  const { rows } = await session.query<{ table: string; hour: string; count: string; sum: string }>(
    `SELECT table_name AS "table", hour, count, sum::text FROM msr_recovery.base_digest WHERE round = 2
     ORDER BY table_name, hour`,
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Per day of the aggregate from `since` on: rows that differ from what its events say, both ways. */
async function wrongAggregateRows(session: Session, since: string): Promise<number> {
  const { rows } = await session.query<{ differ: number }>(
    `WITH expected AS (
       SELECT DISTINCT ON (entity_id, table_name, day)
              entity_id, table_name, day + INTERVAL '1 day' AS snapshot_time, entity_state, op
       FROM (SELECT *, date_trunc('day', event_timestamp, 'UTC') AS day FROM msr.cdc_event) AS e
       WHERE day >= $1::timestamptz AND day < date_trunc('day', now(), 'UTC')
       ORDER BY entity_id, table_name, day, event_timestamp DESC
     ), actual AS (
       SELECT entity_id, table_name, snapshot_time, entity_state, op FROM msr.entity_last_states
       WHERE snapshot_time > $1::timestamptz AND snapshot_time <= date_trunc('day', now(), 'UTC')
     )
     SELECT count(*)::int AS differ
     FROM ((TABLE expected EXCEPT TABLE actual) UNION ALL (TABLE actual EXCEPT TABLE expected)) AS d`,
    [since],
  );
  return rows[0]?.differ ?? -1;
}

describe('a database older than the playback range', () => {
  let backup: BackedUpMsr;
  beforeAll(async () => {
    backup = await backedUpMsr('rebuild');
  });
  afterAll(() => backup.drop());

  it('is rebuilt: aggregate, snapshot, exactly the predicted events gone, jobs asleep, once', async () => {
    const { msr, vault, manifest, events } = backup;
    const notes: string[] = [];
    const ctx = recoveryContext(msr, vault, {
      progress: { note: (message) => void notes.push(message), update: () => {} },
    });
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    // Late ones into compressed chunks too, of days that maintenance drops and of days that it keeps.
    const late = daysOfEvents(msr, { from: 8.5, to: 1.5, perDay: 40, firstNumber: 100_001, seed: 23 });
    await withSession(targetUrl, { purpose: 'test' }, (session) => replay(session, late));

    const report = await rebuildDerived(ctx, { targetUrl });
    const all = [...events, ...late];
    const cutoff = new Date(report.maintenance.cutoff ?? 0);
    const boundary = Math.floor(cutoff.getTime() / 3_600_000) * 3_600_000;
    const old = all.filter(({ payload }) => (payload?.event_timestamp ?? 0) < boundary);
    expect(old.length).toBeGreaterThan(500);
    expect(report).toMatchObject({
      skipped: false,
      maintenance: { ran: true, predictedDropped: old.length, dropped: old.length },
    });
    expect(notes).toContain(`maintenance will drop ${old.length} events before ${cutoff.toISOString()}`);

    await withSession(targetUrl, { purpose: 'test' }, async (session) => {
      const left = await readDigests(session);
      expect(await roundTwoBase(session)).toEqual(left);
      expect(countEvents(left)).toBe(all.length - old.length);
      const { rows } = await session.query(SNAPSHOT_ROWS_SQL);
      expect(rows).toEqual(snapshotTruth(all, cutoff));
      expect(await readRecoveryState(session)).toMatchObject({ phase: 'rebuilt', round: 2 });
      expect((await readJobs(session)).filter(({ scheduled }) => scheduled)).toEqual([]);
      expect(await readSavedJobs(session)).toEqual(manifest.jobs);
      if (community) {
        const since = new Date(Math.ceil(cutoff.getTime() / 86_400_000) * 86_400_000).toISOString();
        expect(await wrongAggregateRows(session, since)).toBe(0);
        const ran = await session.query(
          'SELECT job_id FROM timescaledb_information.job_stats WHERE job_id >= 1000 AND total_runs > 0',
        );
        expect(ran.rows).toEqual([]);
      } else {
        expect(report.aggregate).toBe(NOT_IN_THIS_EDITION);
      }
    });
    expect(await rebuildDerived(ctx, { targetUrl })).toEqual({ ...report, skipped: true });

    // What round 2 brings, the small refresh brings into the aggregate.
    const last = daysOfEvents(msr, { from: 3, to: 2, perDay: 50, firstNumber: 200_001, seed: 5 });
    await withSession(targetUrl, { purpose: 'test' }, async (session) => {
      const payloads = last.map(({ payload }) => payload);
      await session.query(INSERT_EVENTS_SQL, [JSON.stringify(payloads)]);
      const refreshed = await smallRefresh(ctx, { targetUrl });
      const since = new Date(Math.floor(Date.now() / 86_400_000 - 4) * 86_400_000).toISOString();
      if (community) expect(await wrongAggregateRows(session, since)).toBe(0);
      else expect(refreshed).toBe(NOT_IN_THIS_EDITION);
    });
  });

  // The Apache edition has no continuous aggregate that could keep anything.
  if (community) {
    // timescale/timescaledb#7960: a policy refreshes its own window, and a replay lies behind that.
    it('refreshes what strangers aggregate, too, over all that was replayed', async () => {
      const { msr, vault } = backup;
      await msr.query('admin', async (session) => {
        await session.query(
          `CREATE MATERIALIZED VIEW msr.per_hour WITH (timescaledb.continuous, timescaledb.materialized_only) AS
           SELECT time_bucket('1 hour', event_timestamp) AS hour, count(*) AS n FROM msr.cdc_event GROUP BY 1`,
        );
        await session.query(
          `CALL refresh_continuous_aggregate('msr.per_hour', NULL, now() - INTERVAL '1 hour')`,
        );
      });
      try {
        const manifest = await makeBackup(sharedBed(), msr, vault);
        const ctx = recoveryContext(msr, vault);
        const { targetUrl } = await restoreDatabase(ctx, manifest);
        const late = daysOfEvents(msr, { from: 5, to: 2, perDay: 40, firstNumber: 300_001, seed: 41 });
        await withSession(targetUrl, { purpose: 'test' }, (session) => replay(session, late));
        await rebuildDerived(ctx, { targetUrl });
        const differ = await withSession(targetUrl, { purpose: 'test' }, (session) =>
          session.query<{ n: number }>(
            `SELECT count(*)::int AS n
             FROM (SELECT date_trunc('hour', event_timestamp, 'UTC') AS hour, count(*) AS n FROM msr.cdc_event
                   WHERE event_timestamp < date_trunc('day', now(), 'UTC') - INTERVAL '1 day'
                     AND event_timestamp >= date_trunc('day', now(), 'UTC') - INTERVAL '5 days' GROUP BY 1) AS held
             FULL JOIN msr.per_hour AS told USING (hour)
             WHERE held.n IS DISTINCT FROM told.n AND held.n IS NOT NULL`,
          ),
        );
        expect(differ.rows).toEqual([{ n: 0 }]);
      } finally {
        await msr.query('admin', (session) => session.query('DROP MATERIALIZED VIEW msr.per_hour'));
      }
    });

    it('keeps what the aggregate alone still knows of days whose events are gone', async () => {
      const { msr, vault } = backup;
      const ctx = recoveryContext(msr, vault);
      // Maintenance in the live database: its events of the first days are gone, its
      // aggregate still has their days.
      await msr.query('owner', (session) => session.query('SELECT msr.refresh_earliest_snapshot()'));
      const manifest = await makeBackup(sharedBed(), msr, vault);
      const { targetUrl } = await restoreDatabase(ctx, manifest);
      const oldDays = `SELECT entity_id, table_name, snapshot_time, entity_state, op FROM msr.entity_last_states
      WHERE snapshot_time < date_trunc('day', now() - INTERVAL '7 days', 'UTC') ORDER BY 1, 2, 3`;
      await withSession(targetUrl, { purpose: 'test' }, async (session) => {
        const before = (await session.query(oldDays)).rows;
        expect(before.length).toBeGreaterThan(50);
        await replay(
          session,
          daysOfEvents(msr, { from: 8.9, to: 8.5, perDay: 40, firstNumber: 300_001, seed: 9 }),
        );
        await rebuildDerived(ctx, { targetUrl });
        expect((await session.query(oldDays)).rows).toEqual(before);
      });
    });
  }

  it('drops by the range that will be live, never by what the plan did not announce', async () => {
    const { msr, vault } = backup;
    const setRange = (days: string) =>
      msr.query('owner', (session) =>
        session.query(`UPDATE msr.configuration SET value = $1 WHERE config_key = 'MAX_PLAYBACK_RANGE'`, [
          days,
        ]),
      );
    await setRange('1');
    const manifest = await makeBackup(sharedBed(), msr, vault);
    await setRange('7');
    const ctx = recoveryContext(msr, vault);
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    // Whatever was approved: once it is 7 days that were announced, once 30.
    const other = await rebuildDerived(ctx, { targetUrl, announcedRange: '30' });
    expect(other.maintenance).toMatchObject({
      ran: false,
      why: 'MAX_PLAYBACK_RANGE is 7 now, and was 30 in the approved plan',
      dropped: 0,
    });
    const again = recoveryContext(msr, vault);
    const restored = await restoreDatabase(again, manifest);
    const { maintenance } = await rebuildDerived(again, {
      targetUrl: restored.targetUrl,
      announcedRange: '7',
    });
    expect(maintenance.ran).toBe(true);
    const age = Date.now() - Date.parse(maintenance.cutoff ?? '');
    expect(age / 86_400_000).toBeCloseTo(7, 1);
    await withSession(restored.targetUrl, { purpose: 'test' }, async (session) => {
      const { rows } = await session.query<{ old: boolean }>(
        `SELECT min(event_timestamp) < now() - interval '6 days' AS old FROM msr.cdc_event`,
      );
      expect(rows).toEqual([{ old: true }]);
    });
  });

  it('rolls maintenance back where it does not do exactly what was predicted', async () => {
    const { msr, vault, manifest } = backup;
    const ctx = recoveryContext(msr, vault);
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    await withSession(targetUrl, { purpose: 'test' }, async (session) => {
      await session.query(`
        CREATE FUNCTION msr.greedy() RETURNS void LANGUAGE sql AS $$
          DELETE FROM msr.cdc_event
          WHERE event_timestamp = (SELECT max(event_timestamp) FROM msr.cdc_event) $$;
        ALTER FUNCTION msr.refresh_earliest_snapshot() RENAME TO true_refresh;
        CREATE FUNCTION msr.refresh_earliest_snapshot() RETURNS void LANGUAGE sql AS $$
          SELECT msr.greedy(); SELECT msr.true_refresh(); $$;`);
      const before = await readDigests(session);
      const { maintenance } = await rebuildDerived(ctx, { targetUrl });
      expect(maintenance).toMatchObject({ ran: false, dropped: 0 });
      expect(maintenance.why).toMatch(
        /^it was rolled back: it should have dropped \d+ events and no others, but gis\.\w+ in the hour of/,
      );
      expect(await readDigests(session)).toEqual(before);
      expect(await roundTwoBase(session)).toEqual(before);
      expect((await readJobs(session)).filter(({ scheduled }) => scheduled)).toEqual([]);
    });
  });

  it('rolls maintenance back where it fails', async () => {
    const { msr, vault, manifest } = backup;
    const ctx = recoveryContext(msr, vault);
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    await withSession(targetUrl, { purpose: 'test' }, async (session) => {
      await session.query(`DELETE FROM msr.snapshot_pointer`);
      const before = await readDigests(session);
      const { maintenance } = await rebuildDerived(ctx, { targetUrl });
      expect(maintenance.why).toBe('it was rolled back: query returned no rows');
      expect(await readDigests(session)).toEqual(before);
      expect(await readRecoveryState(session)).toMatchObject({ phase: 'rebuilt', round: 2 });
    });
  });
});

describe('a database whose aggregate does not reach the cutoff', () => {
  let backup: BackedUpMsr;
  beforeAll(async () => {
    backup = await backedUpMsr('guard', { days: 5 });
  });
  afterAll(() => backup.drop());

  it('keeps its snapshot and all its events: maintenance is refused', async () => {
    const { msr, vault, manifest } = backup;
    const ctx = recoveryContext(msr, vault);
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    const { maintenance } = await rebuildDerived(ctx, { targetUrl });
    expect(maintenance).toMatchObject({ ran: false, predictedDropped: 0, dropped: 0 });
    expect(maintenance.why).toMatch(/^entity_last_states holds no day up to /);
    await withSession(targetUrl, { purpose: 'test' }, async (session) => {
      expect(await readDigests(session)).toEqual(manifest.digests);
      expect(await roundTwoBase(session)).toEqual(manifest.digests);
      const { rows } = await session.query('SELECT current_snapshot, cutoff_time FROM msr.snapshot_pointer');
      expect(rows).toEqual([{ current_snapshot: 'A', cutoff_time: null }]);
      expect(await readRecoveryState(session)).toMatchObject({ phase: 'rebuilt', round: 2 });
    });
  });

  it('is refused before it is restored', async () => {
    const { msr, vault } = backup;
    await expect(
      rebuildDerived(recoveryContext(msr, vault), { targetUrl: msr.url('admin') }),
    ).rejects.toThrow(`database ${msr.database} is not restored`);
  });
});
