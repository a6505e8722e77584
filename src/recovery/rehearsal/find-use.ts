import type { Session } from '../../clients/postgres.ts';
import type { FunctionUse } from './faults.ts';

/**
 * What uses a function that failed: a constraint, an index, a column's default or a trigger, by the schema
 * as it was restored. Of a chunk and its hypertable the hypertable is named.
 * @param running `msr.known(text)`, or a bare name
 */
export async function findUse(session: Session, running: string): Promise<FunctionUse> {
  const bare = running.replace(/\(.*$/, '');
  const name = bare.slice(bare.lastIndexOf('.') + 1).replaceAll('"', '');
  const { rows } = await session.query<{ name: string; used: string | null }>(
    `SELECT p.oid::regprocedure::text AS name,
            (SELECT coalesce(
               (SELECT format('constraint %s of %s', c.conname, c.conrelid::regclass) FROM pg_constraint c
                WHERE d.classid = 'pg_constraint'::regclass AND c.oid = d.objid),
               pg_describe_object(d.classid, d.objid, d.objsubid))
             FROM pg_depend d
             WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid AND d.deptype IN ('n', 'a')
             ORDER BY d.objid LIMIT 1) AS used
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = $1 AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     ORDER BY p.oid::regprocedure::text = $2 DESC, p.oid DESC LIMIT 1`,
    [name, running],
  );
  const found = rows[0];
  if (found === undefined) return { name: running, usedBy: undefined };
  return { name: found.name, usedBy: found.used ?? undefined };
}
