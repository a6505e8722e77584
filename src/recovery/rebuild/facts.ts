import { microsSql as micros } from '../../clients/moment-sql.ts';
import type { Session } from '../../clients/postgres.ts';
import { type GuardFacts, playbackDays } from './guard.ts';
import type { ChunkSpan } from './prediction.ts';
import { DAY_MICROS, type WindowFacts } from './window.ts';

const setting = (key: string): string => `(SELECT value FROM msr.configuration WHERE config_key = '${key}')`;

/** Whether entity_last_states is one; in the Apache edition it is a plain view. */
export async function isContinuousAggregate(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates
       WHERE view_schema = 'msr' AND view_name = 'entity_last_states') AS found`,
  );
  return rows[0]?.found === true;
}

/** What the refresh's window is made of. Only where entity_last_states is a continuous aggregate. */
export async function readWindowFacts(session: Session): Promise<WindowFacts> {
  const { rows } = await session.query<{
    now: string;
    cutoff: string | null;
    oldest: string | null;
    watermark: string | null;
    lag: string | null;
  }>(`SELECT ${micros('now()')} AS now,
    (SELECT ${micros('cutoff_time')} FROM msr.snapshot_pointer WHERE id = 1) AS cutoff,
    (SELECT ${micros('oldest')} FROM (SELECT min(event_timestamp) AS oldest FROM msr.cdc_event
       WHERE event_timestamp < 'infinity') AS finite) AS oldest,
    ${setting('CAGG_REFRESH_LAG_DAYS')} AS lag,
    (SELECT CASE WHEN at = '-infinity' THEN NULL ELSE ${micros('at')} END FROM (
       SELECT coalesce(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(h.id)),
                       '-infinity'::timestamptz) AS at
       FROM timescaledb_information.continuous_aggregates a
       JOIN _timescaledb_catalog.hypertable h
         ON (h.schema_name, h.table_name) = (a.materialization_hypertable_schema, a.materialization_hypertable_name)
       WHERE a.view_schema = 'msr' AND a.view_name = 'entity_last_states') AS watermark) AS watermark`);
  const row = rows[0];
  return {
    now: BigInt(row?.now ?? 0),
    cutoff: optional(row?.cutoff),
    oldestEvent: optional(row?.oldest),
    watermark: optional(row?.watermark),
    // Production's default, for a configuration without the key.
    lagDays: playbackDays(row?.lag ?? undefined) ?? 1,
  };
}

/** Inside the transaction in which maintenance would run: both then have the same now(). */
export async function readGuardFacts(session: Session): Promise<GuardFacts> {
  const { rows } = await session.query<{
    has: boolean;
    range: string | null;
    now: string;
    snapshot: string | null;
  }>(`SELECT to_regprocedure('msr.refresh_earliest_snapshot()') IS NOT NULL AS has,
    ${setting('MAX_PLAYBACK_RANGE')} AS range, ${micros('now()')} AS now,
    (SELECT ${micros('cutoff_time')} FROM msr.snapshot_pointer WHERE id = 1) AS snapshot`);
  const row = rows[0];
  const playbackRange = row?.range ?? undefined;
  const days = playbackDays(playbackRange);
  const cutoff = days === undefined ? undefined : BigInt(row?.now ?? 0) - BigInt(days) * DAY_MICROS;
  return {
    hasMaintenance: row?.has === true,
    playbackRange,
    cutoff,
    snapshotCutoff: optional(row?.snapshot),
    aggregateReachesCutoff: days !== undefined && (await aggregateReaches(session, days)),
  };
}

async function aggregateReaches(session: Session, days: number): Promise<boolean> {
  const { rows } = await session.query<{ reaches: boolean }>(
    `SELECT EXISTS (SELECT FROM msr.entity_last_states
       WHERE snapshot_time <= now() - make_interval(days => $1)) AS reaches`,
    [days],
  );
  return rows[0]?.reaches === true;
}

/** The chunks of the events, in order of time. */
export async function readChunks(session: Session): Promise<ChunkSpan[]> {
  const { rows } = await session.query<{ start: string; end: string }>(
    `SELECT ${micros('range_start')} AS start, ${micros('range_end')} AS end
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' ORDER BY range_start`,
  );
  return rows.map(({ start, end }) => ({ start: BigInt(start), end: BigInt(end) }));
}

function optional(text: string | null | undefined): bigint | undefined {
  return text === null || text === undefined ? undefined : BigInt(text);
}
