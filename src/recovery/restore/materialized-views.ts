import { escapeIdentifier } from 'pg';
import { type Session, sqlState } from '../../clients/postgres.ts';
import { describeError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';

interface MaterializedView {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly populated: boolean;
}

/**
 * Refreshes materialized views, in the order in which they were created: one that reads another comes after
 * it. One that was made WITH NO DATA stays so.
 * @param session outside of a transaction, with restoring off: with it on, compressed chunks read as empty
 * @param wanted of which ones; asked for each
 * @returns those that could not be refreshed, for the operator: they are derived, and no reason to end a
 *   recovery
 */
export async function refreshMaterializedViews(
  session: Session,
  progress: Progress,
  wanted: (view: MaterializedView) => boolean,
): Promise<string[]> {
  const { rows } = await session.query<MaterializedView>(
    `SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
            c.relispopulated AS populated
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                           AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY c.oid`,
  );
  const remarks: string[] = [];
  for (const view of rows.filter(wanted)) {
    const name = `${escapeIdentifier(view.schema)}.${escapeIdentifier(view.name)}`;
    progress.note(`refresh the materialized view ${view.schema}.${view.name}`);
    try {
      await session.query(`REFRESH MATERIALIZED VIEW ${name}`);
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      remarks.push(
        `the materialized view ${view.schema}.${view.name} could not be refreshed: ${describeError(error)}; ` +
          `REFRESH MATERIALIZED VIEW ${name} fills it`,
      );
    }
  }
  return remarks;
}
