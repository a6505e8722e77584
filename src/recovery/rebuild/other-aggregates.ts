import { escapeIdentifier } from 'pg';
import { type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import { timescaleSchema } from '../../clients/timescale-schema.ts';
import { describeError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import { isContinuousAggregate, readWindowFacts } from './facts.ts';
import { refreshStart } from './window.ts';

interface Aggregate {
  readonly schema: string;
  readonly name: string;
  /** Up to where it is to be refreshed, microseconds since the epoch in text. */
  readonly end: string | null;
}

/**
 * Those that a database has beside entity_last_states, whatever they are fed by: the events, or another
 * one. A policy refreshes only what its own window reaches; what was replayed lies far behind it.
 * https://github.com/timescale/timescaledb/issues/7960
 */
const OTHERS_SQL = `
WITH RECURSIVE fed AS (
  SELECT c.mat_hypertable_id AS id, c.user_view_schema AS schema, c.user_view_name AS name, 1 AS level
  FROM _timescaledb_catalog.continuous_agg c JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
  WHERE (h.schema_name, h.table_name) = ('msr', 'cdc_event')
  UNION ALL
  SELECT c.mat_hypertable_id, c.user_view_schema, c.user_view_name, fed.level + 1
  FROM _timescaledb_catalog.continuous_agg c JOIN fed ON fed.id = c.raw_hypertable_id
)
SELECT fed.schema, fed.name,
  (extract(epoch FROM greatest(
     nullif(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(fed.id)), '-infinity'),
     now() - coalesce((SELECT max((j.config->>'end_offset')::interval) FROM timescaledb_information.jobs j
                       WHERE j.proc_name = 'policy_refresh_continuous_aggregate'
                         AND (j.config->>'mat_hypertable_id')::int = fed.id), '0')))
   * 1000000)::bigint::text AS end
FROM fed WHERE (fed.schema, fed.name) <> ('msr', 'entity_last_states')
ORDER BY fed.level, fed.id`;

/**
 * Refreshes every other continuous aggregate over what may have been replayed: from the first day whose
 * events are all there, never from before it, up to where its policy would have come.
 * @param session outside any transaction, with restoring off
 * @returns those that could not be refreshed, for the operator: no reason to end a recovery
 */
export async function refreshOtherAggregates(session: Session, progress: Progress): Promise<string[]> {
  if (!(await isContinuousAggregate(session))) return [];
  const { rows } = await session.query<Aggregate>(OTHERS_SQL);
  if (rows.length === 0) return [];
  const start = refreshStart(await readWindowFacts(session));
  if (start === undefined) return [];
  const remarks: string[] = [];
  for (const aggregate of rows) remarks.push(...(await refresh(session, aggregate, start, progress)));
  return remarks;
}

async function refresh(
  session: Session,
  { schema, name, end }: Aggregate,
  start: bigint,
  progress: Progress,
): Promise<string[]> {
  const from = toIso(start);
  if (end === null || BigInt(end) <= start) return [];
  const until = toIso(BigInt(end));
  const view = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
  progress.note(`refresh ${schema}.${name} from ${from} to ${until}`);
  try {
    await session.query(
      `CALL ${await timescaleSchema(session)}.refresh_continuous_aggregate(
         $1::regclass, $2::timestamptz, $3::timestamptz)`,
      [view, from, until],
    );
    return [];
  } catch (error) {
    // No bucket lies wholly within: there is nothing to refresh.
    if (sqlState(error) === SqlState.invalidParameterValue) return [];
    if (sqlState(error) === undefined) throw error;
    return [
      `the continuous aggregate ${schema}.${name} was not refreshed over what was replayed: ${describeError(error)}; ` +
        `CALL refresh_continuous_aggregate('${view.replaceAll("'", "''")}', '${from}', '${until}') does it`,
    ];
  }
}

/** To the millisecond, which is enough: buckets are whole seconds. */
function toIso(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString();
}
