import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StandIn, startStandIn } from '../../baselines/timescale-cloud/stand-in.ts';
import type { RoleLogin } from '../../bed/msr-schema/roles.ts';
import { freePort } from '../../bed/ports.ts';
import type { OwnServer } from '../../bed/second-server.ts';
import { programsInTrixieRoot } from '../../bed/timescale/chroot.ts';
import { copyPostgres, type PostgresPrograms, runPostgres } from '../../bed/timescale/postgres.ts';
import { type TimescaleServer, withClient } from '../../bed/timescale/server.ts';
import { waitFor } from '../../bed/wait.ts';

/** The stand-in of the service's API, with a real point-in-time recovery behind its forks. */
export interface PlayedCloud {
  readonly options: StandIn['options'];
  readonly calls: StandIn['calls'];
  /** The fork that was made last; its URL is a superuser's, whom the service would give nobody. */
  latestFork(): TimescaleServer;
  stop(): Promise<void>;
}

/**
 * Takes a base backup of the server, and keeps its WAL from then on: a fork is that base backup,
 * recovered to the time that was asked for. Its administrator has a password of its own, as on the
 * service, until one is set.
 */
export async function playCloud(own: OwnServer, administrator: RoleLogin): Promise<PlayedCloud> {
  const { adminUrl } = own.server;
  await withClient(adminUrl, async (admin) => {
    await admin.query(`ALTER SYSTEM SET wal_keep_size = '8GB'`);
    await admin.query('SELECT pg_reload_conf()');
  });
  const base = await newDir(own, 'base-');
  await copyPostgres(base, await programsInTrixieRoot(base), own.server);
  const forks: TimescaleServer[] = [];
  const { hostname, port } = new URL(adminUrl);
  const standIn = await startStandIn(
    { endpoint: { host: hostname, port: Number(port) } },
    {
      fork: async (targetTime) => {
        const fork = await recoverTo(own, base, targetTime);
        forks.push(fork);
        await makeAdministrator(fork.adminUrl, administrator.user);
        return { host: '127.0.0.1', port: Number(new URL(fork.adminUrl).port) };
      },
      setPassword: async ({ port: at }, password) => {
        const fork = forks.find((one) => new URL(one.adminUrl).port === String(at));
        if (fork !== undefined) await setPassword(fork.adminUrl, administrator.user, password);
      },
    },
  );
  return {
    options: standIn.options,
    calls: standIn.calls,
    latestFork: () => {
      const fork = forks.at(-1);
      if (fork === undefined) throw new Error('no fork was made yet');
      return fork;
    },
    stop: async () => {
      await standIn.stop();
      await Promise.all(forks.map(({ stop }) => stop()));
    },
  };
}

/** Below a directory of mkdtemp, which is closed to the server's user. */
async function newDir({ dir }: OwnServer, prefix: string): Promise<string> {
  return join(await mkdtemp(join(dir, prefix)), 'server');
}

async function recoverTo(own: OwnServer, base: string, targetTime: string): Promise<TimescaleServer> {
  const dir = await newDir(own, 'fork-');
  const programs = await programsInTrixieRoot(dir);
  await cp(base, dir, { recursive: true, preserveTimestamps: true });
  await giveWal(own, dir);
  await writeFile(join(dir, 'data/recovery.signal'), '');
  await ownAll(programs, dir);
  const url = new URL(own.server.adminUrl);
  url.port = String(await freePort());
  const server = await runPostgres(dir, programs, {
    adminUrl: url.href,
    origin: `a point-in-time recovery to ${targetTime}`,
    settings: {
      restore_command: `cp ${programs.seenDir}/wal/%f %p`,
      // The server reads it before it knows what 'Z' means.
      recovery_target_time: targetTime.replace('T', ' ').replace('Z', '+00'),
      recovery_target_action: 'promote',
    },
  });
  await waitFor('the promotion', async () => {
    const { rows } = await withClient(server.adminUrl, (client) =>
      client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering'),
    );
    return rows[0]?.recovering === false;
  });
  return server;
}

async function giveWal({ server, dir: serverDir }: OwnServer, dir: string): Promise<void> {
  await withClient(server.adminUrl, (admin) => admin.query('SELECT pg_switch_wal()'));
  await mkdir(join(dir, 'wal'), { recursive: true });
  await cp(join(serverDir, 'server/data/pg_wal'), join(dir, 'wal'), { recursive: true });
}

async function ownAll(programs: PostgresPrograms, dir: string): Promise<void> {
  await programs.own(dir);
  const entries = await readdir(dir, { recursive: true });
  for (const entry of entries) await programs.own(join(dir, entry));
}

/** Owner of the database and no more, with a password that nobody knows. */
async function makeAdministrator(adminUrl: string, user: string): Promise<void> {
  await setPassword(adminUrl, user, randomBytes(18).toString('base64url'));
  await withClient(adminUrl, async (admin) => {
    const name = admin.escapeIdentifier(user);
    await admin.query(`ALTER ROLE ${name} NOSUPERUSER NOCREATEDB`);
    await admin.query(`REVOKE pg_signal_backend FROM ${name}`);
  });
}

async function setPassword(adminUrl: string, user: string, password: string): Promise<void> {
  await withClient(adminUrl, (admin) =>
    admin.query(`ALTER ROLE ${admin.escapeIdentifier(user)} PASSWORD ${admin.escapeLiteral(password)}`),
  );
}
