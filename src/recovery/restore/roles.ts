import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../../clients/postgres.ts';
import { isSecretReference } from '../../core/stored-secret.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { planSettings } from './stored-settings.ts';

type Role = Manifest['roles'][number];
type Membership = NonNullable<Role['memberships']>[number];
type StoredSetting = NonNullable<Role['settings']>[number];

/** A role of the server, as far as a restore has to know it. */
export interface ExistingRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly memberOf: readonly string[];
  readonly settings: readonly StoredSetting[];
}

export interface RolePlan {
  readonly statements: readonly string[];
  readonly remarks: readonly string[];
}

/** Groups of PostgreSQL's own whose members are as good as superusers: they run programs, or write files. */
const ALL_POWERFUL = new Set(['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files']);

/**
 * What creates the roles that are missing, with their memberships and settings; those that are there stay
 * as they are, and what they lack is listed with its SQL. None has a password (a backup holds none), and
 * none gets more than it needs by a restore: what makes a role all-powerful is named, not given.
 */
export function planRoles(wanted: readonly Role[], existing: readonly ExistingRole[]): RolePlan {
  const there = new Map(existing.map((role) => [role.name, role]));
  const ours = wanted.filter(({ name }) => !name.startsWith('pg_'));
  const missing = ours.filter(({ name }) => !there.has(name));
  const known = new Set([...there.keys(), ...missing.map(({ name }) => name)]);
  const gives = ({ group }: Membership): boolean =>
    known.has(group) && !ALL_POWERFUL.has(group) && there.get(group)?.superuser !== true;
  return {
    statements: [
      ...missing.map(createStatement),
      ...missing.flatMap((role) =>
        membershipsOf(role)
          .filter(gives)
          .map((membership) => grantStatement(role, membership)),
      ),
      ...missing.flatMap((role) => planSettings(alterSql(role), role.settings ?? []).statements),
    ],
    remarks: [
      ...missing.flatMap((role) => remarksOf(role, gives)),
      ...ours.flatMap((role) => lacking(role, there.get(role.name))),
    ],
  };
}

/** An earlier msr wrote names alone. */
function membershipsOf({ memberOf, memberships }: Role): readonly Membership[] {
  return memberships ?? memberOf.map((group) => ({ group, admin: false, inherit: null, set: null }));
}

function createStatement(role: Role): string {
  const attributes = [
    role.login ? 'LOGIN' : 'NOLOGIN',
    role.createDatabase ? 'CREATEDB' : 'NOCREATEDB',
    role.createRole ? 'CREATEROLE' : 'NOCREATEROLE',
    role.inherit ? 'INHERIT' : 'NOINHERIT',
    `CONNECTION LIMIT ${role.connectionLimit}`,
    ...(typeof role.validUntil === 'string' ? [`VALID UNTIL ${escapeLiteral(role.validUntil)}`] : []),
  ];
  return `CREATE ROLE ${escapeIdentifier(role.name)} ${attributes.join(' ')}`;
}

/**
 * An option is written only where it is not the server's default: servers before PostgreSQL 16 know ADMIN
 * alone.
 */
function grantStatement(role: Role, { group, admin, inherit, set }: Membership): string {
  const options = [
    ...(admin ? ['ADMIN OPTION'] : []),
    ...(inherit !== null && inherit !== role.inherit ? [`INHERIT ${inherit ? 'TRUE' : 'FALSE'}`] : []),
    ...(set === false ? ['SET FALSE'] : []),
  ];
  const written = options.length === 0 ? '' : ` WITH ${options.join(', ')}`;
  return `GRANT ${escapeIdentifier(group)} TO ${escapeIdentifier(role.name)}${written}`;
}

const alterSql = ({ name }: Role): string => `ALTER ROLE ${escapeIdentifier(name)}`;

function remarksOf(role: Role, gives: (membership: Membership) => boolean): string[] {
  const powers = [
    ...(role.superuser ? ['SUPERUSER'] : []),
    ...(role.replication ? ['REPLICATION'] : []),
    ...(role.bypassRls ? ['BYPASSRLS'] : []),
  ];
  const withheld = membershipsOf(role).filter((membership) => !gives(membership));
  return [
    ...(role.login
      ? [`role ${role.name} was missing and was created without a password: set one before it is used`]
      : []),
    ...(powers.length > 0 ? [`role ${role.name} was created without ${powers.join(', ')}`] : []),
    ...withheld.map(
      (membership) =>
        `role ${role.name} was not made a member of ${membership.group}; where it should be: ${grantStatement(role, membership)}`,
    ),
    ...planSettings(alterSql(role), role.settings ?? []).remarks,
  ];
}

/**
 * What a role that is there had where the backup was taken, and has not here: somebody may have meant it
 * so.
 */
function lacking(role: Role, found: ExistingRole | undefined): string[] {
  if (found === undefined) return [];
  const groups = membershipsOf(role).filter(({ group }) => !found.memberOf.includes(group));
  const has = new Set(found.settings.map(({ name, value }) => `${name}=${value}`));
  const names = new Set(found.settings.map(({ name }) => name));
  const settings = (role.settings ?? []).filter((setting) =>
    isSecretReference(setting) ? !names.has(setting.name) : !has.has(`${setting.name}=${setting.value}`),
  );
  const plan = planSettings(alterSql(role), settings);
  const statements = [...groups.map((membership) => grantStatement(role, membership)), ...plan.statements];
  return [
    ...(statements.length === 0
      ? []
      : [`role ${role.name} was there already, without what it had: ${statements.join('; ')}`]),
    ...plan.remarks,
  ];
}

/** The server's roles. @param admin a session on any database of it */
export async function readExistingRoles(admin: Session): Promise<ExistingRole[]> {
  const { rows } = await admin.query<ExistingRole>(
    `SELECT r.rolname AS name, r.rolsuper AS superuser,
            ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                  WHERE m.member = r.oid) AS "memberOf",
            coalesce((SELECT jsonb_agg(jsonb_build_object('name', split_part(entry, '=', 1),
                        'value', substr(entry, strpos(entry, '=') + 1)))
                      FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS entry
                      WHERE s.setrole = r.oid AND s.setdatabase = 0), '[]') AS settings
     FROM pg_roles r`,
  );
  return rows;
}

/** Creates the missing roles of the server. @returns what the operator must know of them */
export async function createMissingRoles(
  admin: Session,
  roles: Manifest['roles'],
): Promise<readonly string[]> {
  const plan = planRoles(roles, await readExistingRoles(admin));
  for (const statement of plan.statements) await admin.query(statement);
  return plan.remarks;
}
