import type { Session } from '../../clients/postgres.ts';
import { withoutSecret } from '../../core/stored-secret.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/**
 * Every role that the database needs to be what it is: who owns something in it, may use it, has settings
 * for it or runs its jobs; the groups of those; and their members, who may have no other right than by the
 * group.
 */
const USED_SQL = `
WITH RECURSIVE itself AS (
  SELECT oid, datdba FROM pg_database WHERE datname = current_database()
), named AS (
  SELECT d.refobjid AS oid FROM pg_shdepend d, itself
  WHERE d.refclassid = 'pg_authid'::regclass
    AND (d.dbid = itself.oid OR (d.classid = 'pg_database'::regclass AND d.objid = itself.oid))
  UNION SELECT datdba FROM itself
  UNION SELECT s.setrole FROM pg_db_role_setting s, itself WHERE s.setdatabase = itself.oid
  UNION SELECT r.oid FROM timescaledb_information.jobs j JOIN pg_roles r ON r.rolname = j.owner::name
  -- Who may read or write all tables by one of PostgreSQL's own groups.
  UNION SELECT oid FROM pg_roles WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data')
), members AS (
  SELECT oid FROM named
  UNION SELECT m.member FROM pg_auth_members m JOIN members ON members.oid = m.roleid
), used AS (
  SELECT oid FROM members
  UNION SELECT m.roleid FROM pg_auth_members m JOIN used ON used.oid = m.member
)`;

/**
 * PostgreSQL 16 let a role be several times a member of a group, by several grantors, each with options of
 * its own.
 */
const MEMBERSHIPS_SQL = `
SELECT jsonb_agg(jsonb_build_object('group', g.rolname, 'admin', o.admin, 'inherit', o.inherit, 'set', o.set)
                 ORDER BY g.rolname COLLATE "C")
FROM (SELECT roleid, bool_or((row->>'admin_option')::bool) AS admin,
             bool_or((row->>'inherit_option')::bool) AS inherit, bool_or((row->>'set_option')::bool) AS set
      FROM (SELECT m.roleid, to_jsonb(m) AS row FROM pg_auth_members m WHERE m.member = r.oid) AS each
      GROUP BY roleid) AS o
JOIN pg_roles g ON g.oid = o.roleid`;

interface RoleRow extends Omit<Manifest['roles'][number], 'memberOf'> {
  readonly memberships: NonNullable<Manifest['roles'][number]['memberships']>;
  readonly settings: NonNullable<Manifest['roles'][number]['settings']>;
}

/** Roles without passwords, with their memberships and settings. */
export async function readRoles(session: Session): Promise<Manifest['roles']> {
  const { rows } = await session.query<RoleRow>(
    `${USED_SQL}
     SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolcreatedb AS "createDatabase",
            r.rolcreaterole AS "createRole", r.rolsuper AS superuser, r.rolreplication AS replication,
            r.rolbypassrls AS "bypassRls", r.rolinherit AS inherit, r.rolconnlimit AS "connectionLimit",
            to_jsonb(r.rolvaliduntil) #>> '{}' AS "validUntil",
            coalesce((${MEMBERSHIPS_SQL}), '[]') AS memberships,
            coalesce((SELECT jsonb_agg(jsonb_build_object('name', split_part(entry, '=', 1),
                        'value', substr(entry, strpos(entry, '=') + 1)) ORDER BY entry COLLATE "C")
                      FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS entry
                      WHERE s.setrole = r.oid AND s.setdatabase = 0), '[]') AS settings
     FROM pg_roles r JOIN used ON used.oid = r.oid
     -- PostgreSQL's own are everywhere; being a member of one stands in the memberships.
     WHERE NOT starts_with(r.rolname, 'pg_')
     ORDER BY r.rolname COLLATE "C"`,
  );
  return rows.map((role) => ({
    ...role,
    memberOf: role.memberships.map(({ group }) => group),
    settings: role.settings.map((setting) => ({ ...setting, value: withoutSecret(setting) })),
  }));
}
