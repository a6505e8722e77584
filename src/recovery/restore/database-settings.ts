import { escapeIdentifier } from 'pg';
import { type Session, sqlState } from '../../clients/postgres.ts';
import { describeError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { planSettings, type SettingsPlan } from './stored-settings.ts';

type DatabaseSettings = Manifest['databaseSettings'];

const PRIVILEGES: Readonly<Record<string, string>> = { C: 'CREATE', T: 'TEMPORARY', c: 'CONNECT' };

/**
 * pg_dump without --create leaves out what belongs to the database itself: its ACL and its settings. The
 * statements that give them to another database, in that order, and what no statement can give.
 */
export function planDatabaseSettings(database: string, settings: DatabaseSettings): SettingsPlan {
  const plans = settings.settings
    // The restore itself switches it on and off.
    .filter(({ name }) => name !== 'timescaledb.restoring')
    .map((setting) => planSettings(alterSql(database, setting), [setting]));
  return {
    statements: [...aclStatements(database, settings), ...plans.flatMap(({ statements }) => statements)],
    remarks: plans.flatMap(({ remarks }) => remarks),
  };
}

function aclStatements(database: string, { acl, owner }: DatabaseSettings): string[] {
  if (acl === null) return [];
  const name = escapeIdentifier(database);
  return [
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${escapeIdentifier(owner)}`,
    ...acl.flatMap((item) => grantStatements(name, item)),
  ];
}

/** One aclitem: `grantee=privileges/grantor`; no grantee is PUBLIC, `*` after a letter the grant option. */
function grantStatements(database: string, item: string): string[] {
  const parsed = /^("(?:[^"]|"")*"|[^=]*)=([A-Za-z*]*)\//.exec(item);
  if (parsed === null) throw new RangeError(`not an aclitem: ${item}`);
  const [, grantee = '', letters = ''] = parsed;
  const role = grantee === '' ? 'PUBLIC' : escapeIdentifier(unquoted(grantee));
  return [...letters.matchAll(/([A-Za-z])(\*?)/g)].map(([, letter = '', option]) => {
    const privilege = PRIVILEGES[letter];
    if (privilege === undefined) throw new RangeError(`a database has no privilege ${letter}: ${item}`);
    return `GRANT ${privilege} ON DATABASE ${database} TO ${role}${option === '*' ? ' WITH GRANT OPTION' : ''}`;
  });
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function alterSql(database: string, { role }: DatabaseSettings['settings'][number]): string {
  const name = escapeIdentifier(database);
  return role === null
    ? `ALTER DATABASE ${name}`
    : `ALTER ROLE ${escapeIdentifier(role)} IN DATABASE ${name}`;
}

/**
 * @param admin a superuser's session on any database of the server
 * @returns what this server does not take (a role or a setting that it does not have), for the operator: no
 *   reason to throw a whole restore away
 */
export async function applyDatabaseSettings(
  admin: Session,
  database: string,
  settings: DatabaseSettings,
): Promise<string[]> {
  const plan = planDatabaseSettings(database, settings);
  const remarks = [...plan.remarks];
  for (const statement of plan.statements) {
    try {
      await admin.query(statement);
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      remarks.push(`the server refused ${statement}: ${describeError(error)}`);
    }
  }
  return remarks;
}
