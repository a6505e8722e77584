import { withClient } from './server.ts';

/** Drops the database of this name and all whose name starts with it and `_`; sessions on them are ended. */
export async function dropDatabases(adminUrl: string, name: string): Promise<void> {
  await runGenerated(
    adminUrl,
    `SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) AS statement
     FROM pg_database WHERE datname = $1 OR starts_with(datname, $1 || '_')`,
    name,
  );
}

/** Drops the roles whose name starts with the prefix and `_`; they must own nothing any more. */
export async function dropRoles(adminUrl: string, prefix: string): Promise<void> {
  await runGenerated(
    adminUrl,
    `SELECT format('DROP ROLE IF EXISTS %I', rolname) AS statement
     FROM pg_roles WHERE starts_with(rolname, $1 || '_')`,
    prefix,
  );
}

async function runGenerated(adminUrl: string, query: string, name: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ statement: string }>(query, [name]);
    for (const { statement } of rows) await admin.query(statement);
  });
}
