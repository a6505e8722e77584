import { isoMomentSql } from '../../clients/moment-sql.ts';
import { type CheckContext, type Finding, failed, notRun, oneRow, passed } from '../check.ts';

/** With restoring on, compressed events are invisible and every insert fails. */
export async function checkRestoring({ session }: CheckContext): Promise<Finding> {
  const { restoring } = await oneRow<{ restoring: string }>(
    session,
    `SELECT current_setting('timescaledb.restoring') AS restoring`,
  );
  if (restoring === 'off') return passed('timescaledb.restoring is off');
  return failed(
    'timescaledb.restoring is on: compressed events are invisible, the sink cannot write',
    'a restore did not come to its end: run it again; or, as a superuser, SELECT timescaledb_post_restore()',
  );
}

/** Every chunk of the catalog has its table. */
export async function checkHypertable({ session }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<{ chunks: number; missing: number }>(`
    SELECT h.num_chunks::int AS chunks,
           (SELECT count(*)::int FROM timescaledb_information.chunks c
            WHERE c.hypertable_schema = 'msr' AND c.hypertable_name = 'cdc_event'
              AND to_regclass(format('%I.%I', c.chunk_schema, c.chunk_name)) IS NULL) AS missing
    FROM timescaledb_information.hypertables h
    WHERE h.hypertable_schema = 'msr' AND h.hypertable_name = 'cdc_event'`);
  const [row] = rows;
  if (row === undefined) {
    return failed('cdc_event is not a hypertable', 'the schema is damaged: recover with `msr recover`');
  }
  if (row.missing > 0) {
    return failed(`${row.missing} of ${row.chunks} chunks have no table`, 'recover with `msr recover`');
  }
  return passed(`cdc_event is a hypertable of ${row.chunks} chunks`);
}

/** The aggregate is one, and can be read to its end. */
export async function checkAggregate({ session, edition }: CheckContext): Promise<Finding> {
  if (edition === 'apache') {
    return notRun('not run in this edition: the Apache edition has no continuous aggregates');
  }
  const { rows } = await session.query<{ hypertable: string }>(`
    SELECT materialization_hypertable_name AS hypertable FROM timescaledb_information.continuous_aggregates
    WHERE view_schema = 'msr' AND view_name = 'entity_last_states'`);
  if (rows[0] === undefined) {
    return failed('entity_last_states is not a continuous aggregate', 'recover with `msr recover`');
  }
  // Through the view, as a replay reads it; the internal hypertable is not for everyone's eyes.
  const { latest } = await oneRow<{ latest: string | null }>(
    session,
    `SELECT ${isoMomentSql('latest')} AS latest
     FROM (SELECT max(snapshot_time) AS latest FROM msr.entity_last_states) AS days`,
  );
  const until = latest === null ? 'it holds no day yet' : `up to ${latest}`;
  return passed(`entity_last_states is a continuous aggregate, ${until}`);
}

/** An invalid index is written to and used by no query; without any, a replay reads every event. */
export async function checkIndexes({ session }: CheckContext): Promise<Finding> {
  const { invalid, events } = await oneRow<{ invalid: string[]; events: number }>(
    session,
    `SELECT ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i
                  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname IN ('msr', '_timescaledb_internal') AND NOT (i.indisvalid AND i.indisready)
                  ORDER BY 1) AS invalid,
            (SELECT count(*)::int FROM pg_index WHERE indrelid = 'msr.cdc_event'::regclass) AS events`,
  );
  if (invalid.length > 0) return failed(`invalid: ${invalid.slice(0, 5).join(', ')}`, 'REINDEX each of them');
  if (events === 0) {
    return failed('cdc_event has no index', 'replay would read every event: recover with `msr recover`');
  }
  return passed(`all valid, ${events} on cdc_event`);
}
