import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { UnfitTargetError } from './restore-errors.ts';

/** What is asked of the server before anything is made on it. */
export interface TargetFacts {
  readonly user: string;
  readonly superuser: boolean;
  /** server_version_num, for instance 170005. */
  readonly postgresVersion: number;
  /** The versions of the extension that CREATE EXTENSION could make; empty: no TimescaleDB here. */
  readonly timescaledbVersions: readonly string[];
  /** Every extension that CREATE EXTENSION could make. */
  readonly extensions: readonly string[];
  readonly tablespaces: readonly string[];
  /** null where the role may not read it. */
  readonly preloaded: boolean | null;
  /** The managed service that the server's own roles give away. */
  readonly service: string | null;
}

const FACTS_SQL = `
SELECT current_user AS "user",
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
  current_setting('server_version_num')::int AS "postgresVersion",
  ARRAY(SELECT version FROM pg_available_extension_versions WHERE name = 'timescaledb')
    AS "timescaledbVersions",
  ARRAY(SELECT name::text FROM pg_available_extensions) AS extensions,
  ARRAY(SELECT spcname::text FROM pg_tablespace) AS tablespaces,
  (SELECT setting LIKE '%timescaledb%' FROM pg_settings WHERE name = 'shared_preload_libraries') AS preloaded,
  (SELECT CASE rolname WHEN 'rds_superuser' THEN 'Amazon RDS or Aurora'
                       WHEN 'azure_pg_admin' THEN 'Azure Database'
                       ELSE 'Google Cloud SQL' END
   FROM pg_roles WHERE rolname IN ('rds_superuser', 'azure_pg_admin', 'cloudsqlsuperuser') LIMIT 1) AS service`;

/** @param admin a session on any database of the server */
export async function readTargetFacts(admin: Session): Promise<TargetFacts> {
  const { rows } = await admin.query<TargetFacts>(FACTS_SQL);
  if (rows[0] === undefined) throw new Error('a SELECT without FROM answered no row');
  return rows[0];
}

/**
 * Refuses a server that cannot hold the backup.
 * @param url of the server, for the messages
 * @param role superuser: what a restore, and every change of a database's name, needs
 *   · owner: enough in place
 * @throws UnfitTargetError
 */
export function checkTarget(
  facts: TargetFacts,
  wanted: Manifest['server'],
  url: string,
  role: 'superuser' | 'owner' = 'superuser',
): void {
  const server = hostAndPort(url);
  checkTimescaledb(facts, wanted, server);
  checkPostgresVersion(facts, wanted, server);
  checkExtensions(facts, wanted, server);
  checkTablespaces(facts, wanted, server);
  if (role === 'superuser' && !facts.superuser) {
    throw new UnfitTargetError(`role ${facts.user} on ${server} is no superuser`, {
      hint:
        'timescaledb_pre_restore() and loading its catalog need one: give a superuser in ' +
        'MSR_TARGET_DATABASE_URL; nothing was touched',
    });
  }
}

function checkTimescaledb(facts: TargetFacts, wanted: Manifest['server'], server: string): void {
  if (facts.timescaledbVersions.length === 0) {
    const what = facts.service === null ? 'has no TimescaleDB' : `is ${facts.service}, without TimescaleDB`;
    throw new UnfitTargetError(`the PostgreSQL at ${server} ${what}`, {
      hint:
        'Amazon RDS, Aurora, Azure Database and Google Cloud SQL cannot have the TimescaleDB that MSR needs; ' +
        `restore to a server of your own with TimescaleDB ${wanted.timescaledbVersion}`,
    });
  }
  if (!facts.timescaledbVersions.includes(wanted.timescaledbVersion)) {
    const available = [...facts.timescaledbVersions].sort(newestFirst).slice(0, 3).join(', ');
    throw new UnfitTargetError(
      `the backup is of TimescaleDB ${wanted.timescaledbVersion}; ${server} has ${available}`,
      {
        hint:
          `a dump restores only into its own version: install TimescaleDB ${wanted.timescaledbVersion} there ` +
          '(versions can be installed side by side) and update the extension after the recovery; nothing was touched',
      },
    );
  }
  if (facts.preloaded === false) {
    throw new UnfitTargetError(`TimescaleDB is installed at ${server}, but not loaded`, {
      hint: "add timescaledb to shared_preload_libraries and restart the server; 'timescaledb-tune' does the first",
    });
  }
}

function checkPostgresVersion(facts: TargetFacts, wanted: Manifest['server'], server: string): void {
  const major = (version: number): number => Math.floor(version / 10_000);
  if (major(facts.postgresVersion) >= major(wanted.postgresVersion)) return;
  throw new UnfitTargetError(
    `the backup is of PostgreSQL ${major(wanted.postgresVersion)}; ${server} is PostgreSQL ${major(facts.postgresVersion)}`,
    { hint: 'restore to the same major version or a later one; nothing was touched' },
  );
}

function checkExtensions(facts: TargetFacts, { extensions }: Manifest['server'], server: string): void {
  const missing = (extensions ?? [])
    .map(({ name }) => name)
    .filter((name) => !facts.extensions.includes(name));
  const [first] = missing;
  if (first === undefined) return;
  const major = Math.floor(facts.postgresVersion / 10_000);
  const packages = [...new Set(missing.map((name) => packageOf(name, major)))];
  throw new UnfitTargetError(
    `the database has the extension${missing.length === 1 ? '' : 's'} ${missing.join(', ')}; ${server} cannot create ${missing.length === 1 ? 'it' : 'them'}`,
    { hint: `install there ${packages.join(', ')}; nothing was touched` },
  );
}

/** Debian's and Ubuntu's names (apt.postgresql.org); elsewhere they are much the same. */
const PACKAGES: Readonly<Record<string, string>> = {
  postgis: 'postgis-3',
  postgis_raster: 'postgis-3',
  postgis_topology: 'postgis-3',
  postgis_sfcgal: 'postgis-3',
  vector: 'pgvector',
  pg_cron: 'cron',
  pgaudit: 'pgaudit',
  pg_partman: 'partman',
  pg_repack: 'repack',
  pgrouting: 'pgrouting',
  hypopg: 'hypopg',
  h3: 'h3',
  plpython3u: 'plpython3',
  plperl: 'plperl',
  pltcl: 'pltcl',
};

/** What comes with PostgreSQL itself, as contrib modules. */
const CONTRIB =
  /^(adminpack|amcheck|autoinc|bloom|btree_gi[ns]t?|citext|cube|dblink|dict_\w+|earthdistance|file_fdw|fuzzystrmatch|hstore|insert_username|intagg|intarray|isn|lo|ltree|moddatetime|pageinspect|pg_(buffercache|freespacemap|prewarm|stat_statements|surgery|trgm|visibility|walinspect)|pgcrypto|pgrowlocks|pgstattuple|postgres_fdw|refint|seg|sslinfo|tablefunc|tcn|tsm_\w+|unaccent|uuid-ossp|xml2)$/;

/** The package that brings an extension. Pure. */
export function packageOf(extension: string, major: number): string {
  const known = PACKAGES[extension];
  if (known !== undefined) return `postgresql-${major}-${known}`;
  if (extension === 'timescaledb_toolkit') return `timescaledb-toolkit-postgresql-${major}`;
  if (CONTRIB.test(extension)) return `the contrib modules of PostgreSQL ${major} (postgresql-contrib)`;
  return `the package of PostgreSQL ${major} that brings ${extension}.control`;
}

function checkTablespaces(facts: TargetFacts, { tablespaces }: Manifest['server'], server: string): void {
  const missing = (tablespaces ?? []).filter((name) => !facts.tablespaces.includes(name));
  const [first] = missing;
  if (first === undefined) return;
  throw new UnfitTargetError(
    `the database lies in the tablespace${missing.length === 1 ? '' : 's'} ${missing.join(', ')}, which ${server} does not have`,
    {
      hint: `create ${missing.length === 1 ? 'it' : 'them'} there, on any disk: CREATE TABLESPACE ${escapeIdentifier(first)} LOCATION '/an/empty/directory'; nothing was touched`,
    },
  );
}

function newestFirst(left: string, right: string): number {
  return right.localeCompare(left, 'en', { numeric: true });
}
