import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { run } from '../run.ts';
import { startSupervised } from '../supervised.ts';
import { waitFor } from '../wait.ts';
import { type TimescaleServer, withClient } from './server.ts';

/** How PostgreSQL's programs run on this host: as another user, in a root of their own, or plainly. */
export interface PostgresPrograms {
  /** The server's own view of `<dir>` of the bed. */
  readonly seenDir: string;
  /** The command line for one of its programs (initdb, postgres). */
  command(program: string, args: readonly string[]): { command: string; args: readonly string[] };
  /** Gives a directory or file to the user that the server runs as. */
  own(path: string): Promise<void>;
}

/**
 * Settings of a server that lives for minutes and holds nothing worth keeping. fsync=off: a crash of the
 * machine ends the bed anyway; a crash of the server alone still recovers.
 */
const SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: "'127.0.0.1'",
  shared_preload_libraries: "'timescaledb'",
  'timescaledb.telemetry_level': 'off',
  max_worker_processes: 64,
  'timescaledb.max_background_workers': 32,
  max_connections: 200,
  // A dump locks every chunk of every hypertable in one transaction.
  max_locks_per_transaction: 512,
  shared_buffers: "'256MB'",
  max_wal_size: "'4GB'",
  fsync: 'off',
  // Segments in /dev/shm would outlive a server that is killed.
  dynamic_shared_memory_type: 'mmap',
  timezone: "'UTC'",
};

/** Makes a new cluster in `<dir>/data` and runs it under supervision. */
export async function startPostgres(
  dir: string,
  programs: PostgresPrograms,
  origin: string,
): Promise<TimescaleServer> {
  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  await mkdir(dir, { recursive: true });
  await initialize(dir, programs, password);
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return await runPostgres(dir, programs, { adminUrl, origin });
}

/**
 * A physical copy of a running server in `<dir>/data`, as one of its volumes at that instant would be: the
 * same cluster identifier, the same oids, the same roles and passwords.
 */
export async function copyPostgres(
  dir: string,
  programs: PostgresPrograms,
  source: Pick<TimescaleServer, 'adminUrl'>,
): Promise<void> {
  const data = join(dir, 'data');
  await mkdir(data, { recursive: true });
  await programs.own(data);
  await chmod(data, 0o700);
  const to = ['--pgdata', join(programs.seenDir, 'data'), '--no-sync', '--checkpoint=fast'];
  const copy = programs.command('pg_basebackup', ['--dbname', source.adminUrl, ...to]);
  await run(copy.command, copy.args);
}

/** Runs the cluster in `<dir>/data` under supervision, where the URL names it. */
export async function runPostgres(
  dir: string,
  programs: PostgresPrograms,
  { adminUrl, origin, settings = {} }: RunOptions,
): Promise<TimescaleServer> {
  const data = join(programs.seenDir, 'data');
  const given = { ...settings, port: new URL(adminUrl).port, unix_socket_directories: data };
  const options = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = programs.command('postgres', ['-D', data, ...options]);
  // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
  const engine = startSupervised({ name: 'postgres', dir, ...server, stopSignal: 'SIGINT' });
  try {
    await waitFor('PostgreSQL to answer', async () => {
      engine.assertRunning();
      return withClient(adminUrl, (client) => client.query('SELECT 1'));
    });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return {
    adminUrl,
    origin,
    stop: async () => {
      await engine.stop();
      await rm(join(dir, 'data'), { recursive: true, force: true });
    },
  };
}

interface RunOptions {
  /** A superuser's URL; its port is the server's. */
  readonly adminUrl: string;
  readonly origin: string;
  /** Beside those of its configuration file. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

async function initialize(dir: string, programs: PostgresPrograms, password: string): Promise<void> {
  const data = join(dir, 'data');
  const passwordFile = join(dir, 'password');
  await mkdir(data);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await programs.own(data);
  await programs.own(passwordFile);
  await chmod(data, 0o700);
  const initdb = programs.command('initdb', [
    `--pgdata=${join(programs.seenDir, 'data')}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${join(programs.seenDir, 'password')}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  await run(initdb.command, initdb.args);
  await rm(passwordFile);
  const lines = Object.entries(SETTINGS).map(([name, value]) => `${name} = ${value}\n`);
  const conf = join(data, 'postgresql.auto.conf');
  await writeFile(conf, lines.join(''));
  await programs.own(conf);
}
