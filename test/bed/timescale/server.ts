import { Client, escapeIdentifier } from 'pg';
import { type Edition, editionOf } from './edition.ts';

/** A TimescaleDB server of the bed, started by it or given to it. */
export interface TimescaleServer {
  /** A superuser's URL of the maintenance database. Holds a password: never printed whole. */
  readonly adminUrl: string;
  /** Where it comes from and why, for people. */
  readonly origin: string;
  stop(): Promise<void>;
}

export interface ServerFacts {
  readonly edition: Edition;
  /** TimescaleDB's version, for instance 2.22.1. */
  readonly timescaledb: string;
  /** PostgreSQL's major version. */
  readonly major: number;
}

/**
 * Asks the server itself; what a package or an image is called proves nothing about its edition. The licence
 * is known only inside a database that has the extension, so one is made for the question.
 * @param probe the name of that database, free on the server
 */
export async function readServerFacts(adminUrl: string, probe: string): Promise<ServerFacts> {
  return withClient(adminUrl, async (admin) => {
    await admin.query(`CREATE DATABASE ${escapeIdentifier(probe)} TEMPLATE template0`);
    try {
      return await withClient(withDatabase(adminUrl, probe), askFacts);
    } finally {
      await admin.query(`DROP DATABASE ${escapeIdentifier(probe)} WITH (FORCE)`);
    }
  });
}

async function askFacts(client: Client): Promise<ServerFacts> {
  await client.query('CREATE EXTENSION timescaledb');
  const { rows } = await client.query<{ major: number; version: string; license: string }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major, extversion AS version,
            current_setting('timescaledb.license') AS license
     FROM pg_extension WHERE extname = 'timescaledb'`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('CREATE EXTENSION timescaledb left no extension');
  return { edition: editionOf(row.license), timescaledb: row.version, major: row.major };
}

/** One session, ended whatever happens in it. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: forPg(url), application_name: 'msr-bed' });
  // A server that goes away under an idle session must fail the next query, not the whole process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** pg leaves the likes of `%3D` in a database's name as they are. */
function forPg(url: string): string {
  const result = new URL(url);
  result.pathname = `/${encodeURI(decodeURIComponent(result.pathname.slice(1)))}`;
  return result.href;
}

/** The same server and credentials, another database; optionally other credentials. */
export function withDatabase(
  url: string,
  database: string,
  credentials?: { readonly user: string; readonly password: string },
): string {
  const result = new URL(url);
  result.pathname = `/${encodeURIComponent(database)}`;
  if (credentials !== undefined) {
    result.username = encodeURIComponent(credentials.user);
    result.password = encodeURIComponent(credentials.password);
  }
  return result.href;
}
