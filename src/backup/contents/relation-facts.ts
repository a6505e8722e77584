import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients/postgres.ts';
import type { Manifest } from '../../manifest/manifest.ts';

type Relation = Manifest['relations'][number];

export interface FoundRelation extends Pick<Relation, 'name' | 'kind' | 'definition' | 'populated'> {}

/**
 * The relations of schema msr: those that hold data with their exact numbers of rows, views by their
 * definition. To count a view proves nothing: one moves with the clock, another is stale on purpose or WITH
 * NO DATA.
 */
export async function readRelations(session: Session): Promise<Manifest['relations']> {
  const counted: Relation[] = [];
  for (const relation of await findRelations(session)) {
    const derived = relation.kind === 'view' || relation.kind === 'materialized-view';
    counted.push({ ...relation, rows: derived ? 0 : await countRows(session, relation.name) });
  }
  return counted;
}

async function countRows(session: Session, name: string): Promise<number> {
  const { rows } = await session.query<{ n: string }>(
    `SELECT count(*) AS n FROM msr.${escapeIdentifier(name)}`,
  );
  return Number(rows[0]?.n);
}

/** The relations of schema msr by name, none counted; only views have a definition. */
export async function findRelations(session: Session): Promise<FoundRelation[]> {
  return await withoutSearchPath(session, async () => {
    const { rows } = await session.query<FoundRelation & { populated: boolean; definition: string }>(
      `SELECT c.relname AS name,
              CASE WHEN h.hypertable_name IS NOT NULL THEN 'hypertable'
                   WHEN to_regclass('timescaledb_information.continuous_aggregates') IS NOT NULL AND EXISTS (
                     SELECT FROM timescaledb_information.continuous_aggregates a
                     WHERE (a.view_schema, a.view_name) = (n.nspname, c.relname)) THEN 'continuous-aggregate'
                   WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'm' THEN 'materialized-view'
                   ELSE 'table' END AS kind,
              pg_get_viewdef(c.oid) AS definition, c.relispopulated AS populated
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN timescaledb_information.hypertables h
         ON (h.hypertable_schema, h.hypertable_name) = (n.nspname, c.relname)
       WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p', 'v', 'm')
       ORDER BY c.relname COLLATE "C"`,
    );
    return rows.map(({ name, kind, definition, populated }) => {
      if (kind === 'view') return { name, kind, definition };
      return kind === 'materialized-view' ? { name, kind, definition, populated } : { name, kind };
    });
  });
}

/**
 * Runs `work` with an empty search_path, by which a definition names the schema of everything, whatever
 * database or role are set to; what it was before comes back.
 */
async function withoutSearchPath<T>(session: Session, work: () => Promise<T>): Promise<T> {
  const { rows } = await session.query<{ before: string }>(`SELECT current_setting('search_path') AS before`);
  await session.query(`SELECT set_config('search_path', '', false)`);
  const result = await work();
  await session.query(`SELECT set_config('search_path', $1, false)`, [rows[0]?.before]);
  return result;
}
