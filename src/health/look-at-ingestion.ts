import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { timescaleSchema } from '../clients/timescale-schema.ts';
import type { IngestionFacts } from './judge-ingestion.ts';

/** An event at infinity, or of a clock that is ahead, is not the newest. @throws what the server answers */
export async function readIngestion(session: Session): Promise<IngestionFacts> {
  const { rows } = await session.query<{ now: string }>('SELECT now()::text AS now');
  const now = rows[0]?.now ?? '';
  const newest = await readNewest(session, now);
  const events = await estimateEvents(session);
  return {
    newest: newest?.at ?? null,
    ageSeconds: newest === undefined ? null : Math.round(Number(newest.age)),
    events: events < 0 ? null : events,
    future: await hasFuture(session, now),
  };
}

/**
 * As approximate_row_count() reckons it, by what vacuum and compression keep: with ten thousand chunks in
 * half of its time, since it looks for hypertables below hypertables.
 */
const ESTIMATE_SQL = `
SELECT ((SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'msr.cdc_event'::regclass)
      + (SELECT coalesce(sum(s.numrows_pre_compression), 0)
         FROM _timescaledb_catalog.compression_chunk_size s
         JOIN _timescaledb_catalog.chunk k ON k.id = s.chunk_id
         JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
         WHERE h.schema_name = 'msr' AND h.table_name = 'cdc_event'))::bigint::text AS events`;

/** Whatever a later TimescaleDB makes of its catalog, its own function knows. */
async function estimateEvents(session: Session): Promise<number> {
  try {
    return await numberOf(session, ESTIMATE_SQL);
  } catch (error) {
    const state = sqlState(error);
    if (state !== SqlState.undefinedTable && state !== SqlState.undefinedColumn) throw error;
    const schema = await timescaleSchema(session);
    return await numberOf(session, `SELECT ${schema}.approximate_row_count('msr.cdc_event')::text AS events`);
  }
}

async function numberOf(session: Session, sql: string): Promise<number> {
  const { rows } = await session.query<{ events: string }>(sql);
  return Number(rows[0]?.events ?? -1);
}

interface Newest {
  /** ISO 8601. */
  readonly at: string;
  /** In seconds. */
  readonly age: string;
}

/** How far back the newest event is looked for at first, one step after the other. */
const LOOKED_BACK = ['3 hours', '2 days'] as const;
/** After that, so many chunks at a time. */
const CHUNKS = 200;

/**
 * By the index of event_timestamp, in few chunks at a time: a query that may need any of ten thousand chunks
 * is planned for seconds, and locks them all. The bounds are constants, since chunks are left out by those
 * alone before a query is planned.
 * @param now the server's, as it writes it
 */
async function readNewest(session: Session, now: string): Promise<Newest | undefined> {
  const { rows } = await session.query<{ until: string; since: string[] }>(
    `SELECT ($1::timestamptz + interval '1 hour')::text AS until,
            ARRAY(SELECT ($1::timestamptz - span::interval)::text FROM unnest($2::text[]) AS span) AS since`,
    [now, LOOKED_BACK],
  );
  const { until = '', since = [] } = rows[0] ?? {};
  const [found, left] = await firstOf(session, now, { until, since });
  if (found !== undefined) return found;
  return (await firstOf(session, now, { until: left, since: await chunkStarts(session, left) }))[0];
}

/** @returns the newest, where there is one since any of the times; and where the last one looked since */
async function firstOf(
  session: Session,
  now: string,
  { until, since }: { readonly until: string; readonly since: readonly string[] },
): Promise<readonly [Newest | undefined, string]> {
  let before = until;
  for (const start of since) {
    const { rows } = await session.query<{ at: string | null; age: string }>(
      `SELECT to_char(newest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at,
              greatest(0, extract(epoch FROM $1::timestamptz - newest))::text AS age
       FROM (SELECT max(event_timestamp) AS newest FROM msr.cdc_event
             WHERE event_timestamp <= $2::timestamptz AND event_timestamp >= $3::timestamptz) AS latest`,
      [now, before, start],
    );
    const [row] = rows;
    if (row?.at != null) return [{ at: row.at, age: row.age }, start];
    before = start;
  }
  return [undefined, before];
}

/** Where so many chunks begin, so many more, …, the newest first; the last one is before all of them. */
async function chunkStarts(session: Session, until: string): Promise<string[]> {
  const { rows } = await session.query<{ start: string }>(
    `SELECT start::text FROM (
       SELECT range_start AS start, row_number() OVER (ORDER BY range_start DESC) AS at
       FROM timescaledb_information.chunks
       WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event'
         AND range_start <= $1::timestamptz) AS numbered
     WHERE at % ${CHUNKS} = 0 ORDER BY start DESC`,
    [until],
  );
  return [...rows.map(({ start }) => start), '-infinity'];
}

async function hasFuture(session: Session, now: string): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT FROM msr.cdc_event
     WHERE event_timestamp > $1::timestamptz + interval '1 hour' AND event_timestamp < 'infinity' LIMIT 1`,
    [now],
  );
  return rows.length > 0;
}
