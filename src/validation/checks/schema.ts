import { type CheckContext, type Finding, failed, passed } from '../check.ts';

/** The seven tables of the playbook, and the view: information_schema counts it as an eighth table. */
export function expectedKinds(edition: CheckContext['edition']): Readonly<Record<string, string>> {
  return {
    cdc_event: 'hypertable',
    configuration: 'table',
    session: 'table',
    snapshot_pointer: 'table',
    entity_last_states: edition === 'community' ? 'continuous aggregate' : 'view',
    earliest_snapshot_a: 'table',
    earliest_snapshot_b: 'table',
    current_earliest_snapshot: 'view',
  };
}

/** @param found kind by name */
export function judgeSchema(
  expected: Readonly<Record<string, string>>,
  found: ReadonlyMap<string, string>,
): Finding {
  const wrong = Object.entries(expected).flatMap(([name, kind]) => {
    const other = found.get(name);
    if (other === undefined) return [`${name} is missing`];
    return other === kind ? [] : [`${name} is a ${other}, not a ${kind}`];
  });
  if (wrong.length === 0) return passed('all seven tables and the view are there, each of its kind');
  return failed(wrong.join('; '), 'the schema is damaged: recover from a backup with `msr recover`');
}

/** Every relation of MSR is there and of its kind in this edition. */
export async function checkSchema({ session, edition }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<{ name: string; kind: string }>(`
    SELECT c.relname AS name,
           CASE WHEN a.view_name IS NOT NULL THEN 'continuous aggregate'
                WHEN h.hypertable_name IS NOT NULL THEN 'hypertable'
                WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'm' THEN 'materialized view'
                ELSE 'table' END AS kind
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'msr'
    LEFT JOIN timescaledb_information.hypertables h
      ON h.hypertable_schema = 'msr' AND h.hypertable_name = c.relname
    LEFT JOIN timescaledb_information.continuous_aggregates a
      ON a.view_schema = 'msr' AND a.view_name = c.relname
    WHERE c.relkind IN ('r', 'p', 'v', 'm')`);
  return judgeSchema(expectedKinds(edition), new Map(rows.map(({ name, kind }) => [name, kind])));
}

const COLUMNS: Readonly<Record<string, string>> = {
  entity_id: 'text',
  entity_state: 'jsonb',
  op: 'character(1)',
  event_timestamp: 'timestamp with time zone',
  table_name: 'text',
};

/** @param found type by name; a source may have columns of its own besides */
export function judgeColumns(found: ReadonlyMap<string, string>): Finding {
  const wrong = Object.entries(COLUMNS).flatMap(([name, type]) =>
    found.get(name) === type ? [] : [`${name} is ${found.get(name) ?? 'missing'}, not ${type}`],
  );
  if (wrong.length === 0) return passed('cdc_event has its five columns');
  return failed(`cdc_event: ${wrong.join('; ')}`, 'the sink cannot write to it: recover with `msr recover`');
}

/** The sink writes by column names and types. */
export async function checkColumns({ session }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<{ name: string; type: string }>(`
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type
    FROM pg_attribute WHERE attrelid = 'msr.cdc_event'::regclass AND attnum > 0 AND NOT attisdropped`);
  return judgeColumns(new Map(rows.map(({ name, type }) => [name, type])));
}
