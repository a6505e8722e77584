import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { sqlFile } from './sql-file.ts';

const ROLE_KINDS = ['owner', 'sink', 'api', 'backup'] as const;
export type RoleKind = (typeof ROLE_KINDS)[number];

export interface RoleLogin {
  readonly user: string;
  readonly password: string;
}

export type Roles = Readonly<Record<RoleKind, RoleLogin>>;

/** Names `<prefix>_owner` and so on, with passwords of their own. */
export function newRoles(prefix: string): Roles {
  const login = (kind: RoleKind): RoleLogin => ({
    user: `${prefix}_${kind}`,
    password: randomBytes(18).toString('base64url'),
  });
  return { owner: login('owner'), sink: login('sink'), api: login('api'), backup: login('backup') };
}

/** Creates the roles, which belong to the whole server; needs a superuser's session. */
export async function createRoles(admin: Client, roles: Roles): Promise<void> {
  const passwords = ROLE_KINDS.map((kind) => [`${kind}_password`, roles[kind].password]);
  await admin.query(await sqlFile('roles.sql', { ...roleNames(roles), ...Object.fromEntries(passwords) }));
}

/** The variables `owner`, `sink`, `api` and `backup` of the SQL files. */
export function roleNames(roles: Roles): Record<RoleKind, string> {
  return {
    owner: roles.owner.user,
    sink: roles.sink.user,
    api: roles.api.user,
    backup: roles.backup.user,
  };
}
