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
  /**
   * false: TimescaleDB's workers are stopped in this database, so that no policy runs by itself.
   * @default true
   */
  readonly jobs?: boolean;
}

/** The files that make schema msr, in order; the aggregate is the only part in which the editions differ. */
export function schemaFiles(edition: Edition): readonly string[] {
  return ['schema.sql', `aggregate-${edition}.sql`, 'maintenance.sql'];
}

/** Creates a database with schema msr, everything in it owned by the owner role. */
export async function installMsr(options: InstallOptions): Promise<void> {
  const { adminUrl, database, roles, edition, major, jobs = true } = options;
  await withClient(adminUrl, async (admin) => {
    const names = [database, roles.owner.user].map(escapeIdentifier);
    await admin.query(`CREATE DATABASE ${names[0]} OWNER ${names[1]} TEMPLATE template0`);
  });
  await withClient(withDatabase(adminUrl, database), async (admin) => {
    await admin.query('CREATE EXTENSION timescaledb');
    // Before there is any policy to run; it lasts until the server is started again.
    if (!jobs) await admin.query('SELECT _timescaledb_functions.stop_background_workers()');
  });
  await withClient(withDatabase(adminUrl, database, roles.owner), async (owner) => {
    for (const file of schemaFiles(edition)) await owner.query(await sqlFile(file));
    const variables = { ...roleNames(roles), database };
    const grants = await sqlFile('grants.sql', variables);
    await owner.query(major >= 17 ? grants : grants.replace(/\bMAINTAIN\b/, 'TRUNCATE'));
  });
}
