import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients/postgres.ts';
import type { Manifest } from '../../manifest/manifest.ts';

type Role = Manifest['roles'][number];

export interface RolePlan {
  readonly statements: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * What creates the roles that are missing; those that are there stay as they are. None has a password (a backup
 * holds none), and none gets more than it needs by a restore: what makes a role all-powerful is named, not given.
 */
export function planRoles(wanted: readonly Role[], existing: ReadonlySet<string>): RolePlan {
  const missing = wanted.filter(({ name }) => !existing.has(name) && !name.startsWith('pg_'));
  const known = new Set([...existing, ...missing.map(({ name }) => name)]);
  return {
    statements: [
      ...missing.map(createStatement),
      ...missing.flatMap((role) =>
        role.memberOf
          .filter((group) => known.has(group))
          .map((group) => `GRANT ${escapeIdentifier(group)} TO ${escapeIdentifier(role.name)}`),
      ),
    ],
    remarks: missing.flatMap(remarksOf),
  };
}

function createStatement(role: Role): string {
  const attributes = [
    role.login ? 'LOGIN' : 'NOLOGIN',
    role.createDatabase ? 'CREATEDB' : 'NOCREATEDB',
    role.createRole ? 'CREATEROLE' : 'NOCREATEROLE',
    role.inherit ? 'INHERIT' : 'NOINHERIT',
    `CONNECTION LIMIT ${role.connectionLimit}`,
  ];
  return `CREATE ROLE ${escapeIdentifier(role.name)} ${attributes.join(' ')}`;
}

function remarksOf(role: Role): string[] {
  const powers = [
    ...(role.superuser ? ['SUPERUSER'] : []),
    ...(role.replication ? ['REPLICATION'] : []),
    ...(role.bypassRls ? ['BYPASSRLS'] : []),
  ];
  return [
    ...(role.login
      ? [`role ${role.name} was missing and was created without a password: set one before it is used`]
      : []),
    ...(powers.length > 0 ? [`role ${role.name} was created without ${powers.join(', ')}`] : []),
  ];
}

/** Creates the missing roles of the server. @returns what the operator must know of them */
export async function createMissingRoles(
  admin: Session,
  roles: Manifest['roles'],
): Promise<readonly string[]> {
  const { rows } = await admin.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
  const plan = planRoles(roles, new Set(rows.map(({ rolname }) => rolname)));
  for (const statement of plan.statements) await admin.query(statement);
  return plan.remarks;
}
