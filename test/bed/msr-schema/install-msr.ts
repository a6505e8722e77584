import { escapeIdentifier } from 'pg';
import type { Edition } from '../timescale/edition.ts';
import { withClient, withDatabase } from '../timescale/server.ts';
import { type Roles, roleNames } from './roles.ts';
import { sqlFile } from './sql-file.ts';

export interface InstallOptions {
  readonly adminUrl: string;
  /** The database's name; it must not exist yet. */
  readonly database: string;
  readonly roles: Roles;
  readonly edition: Edition;
  /** PostgreSQL's major version. */
  readonly major: number;
}

/** The files that make schema msr, in order; the aggregate is the only part in which the editions differ. */
export function schemaFiles(edition: Edition): readonly string[] {
  return ['schema.sql', `aggregate-${edition}.sql`, 'maintenance.sql'];
}

/** Creates a database with schema msr, everything in it owned by the owner role. */
export async function installMsr(options: InstallOptions): Promise<void> {
  const { adminUrl, database, roles, edition, major } = options;
  await withClient(adminUrl, async (admin) => {
    const names = [database, roles.owner.user].map(escapeIdentifier);
    await admin.query(`CREATE DATABASE ${names[0]} OWNER ${names[1]} TEMPLATE template0`);
  });
  await withClient(withDatabase(adminUrl, database), (admin) => admin.query('CREATE EXTENSION timescaledb'));
  await withClient(withDatabase(adminUrl, database, roles.owner), async (owner) => {
    for (const file of schemaFiles(edition)) await owner.query(await sqlFile(file));
    const variables = { ...roleNames(roles), database };
    const grants = await sqlFile('grants.sql', variables);
    await owner.query(major >= 17 ? grants : grants.replace(/\bMAINTAIN\b/, 'TRUNCATE'));
  });
}
