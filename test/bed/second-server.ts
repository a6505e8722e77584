import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BedCoordinates } from './msr.ts';
import { createRoles } from './msr-schema/roles.ts';
import { startInTrixieRoot } from './timescale/chroot.ts';
import { clientTools } from './timescale/client-tools.ts';
import { readServerFacts, type TimescaleServer, withClient } from './timescale/server.ts';

export interface OwnServer {
  /** The bed's Kafka and Connect, with this server in the place of the bed's own. */
  readonly bed: BedCoordinates;
  readonly server: TimescaleServer;
  /** Where `copyPostgres` and `runPostgres` find it. */
  readonly dir: string;
  stop(): Promise<void>;
}

/**
 * A TimescaleDB server for one test alone, from a Debian root: one that is moved away from, or
 * copied. It has the bed's roles.
 */
export async function startOwnServer(shared: BedCoordinates): Promise<OwnServer> {
  const dir = await mkdtemp(join(shared.dir, 'own-server-'));
  const origin = 'a Debian trixie root of its own';
  const server = await startInTrixieRoot(join(dir, 'server'), origin);
  try {
    const { adminUrl, stop } = server;
    await withClient(adminUrl, (admin) => createRoles(admin, shared.roles));
    const facts = await readServerFacts(adminUrl, `${shared.prefix}_probe`);
    const pgBin = await clientTools(facts.major, join(dir, 'pg-bin'));
    return { bed: { ...shared, ...facts, adminUrl, origin, pgBin }, server, dir, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export interface TwoServers {
  /** The same as the first one's. */
  readonly bed: BedCoordinates;
  readonly second: TimescaleServer;
  /** What nobody can reach any more. */
  loseFirst(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Two TimescaleDB servers of one kind. A recovery to another server needs the same version on both,
 * which a server that was given to the bed has no twin of. The second has the roles' names and
 * passwords, and no database.
 */
export async function startTwoServers(shared: BedCoordinates): Promise<TwoServers> {
  const first = await startOwnServer(shared);
  try {
    const { server: second, stop } = await startOwnServer(shared);
    return {
      bed: first.bed,
      second,
      loseFirst: first.stop,
      stop: async () => {
        await Promise.all([first.stop(), stop()]);
      },
    };
  } catch (error) {
    await first.stop();
    throw error;
  }
}
