import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BedCoordinates } from './msr.ts';
import { createRoles } from './msr-schema/roles.ts';
import { startInTrixieRoot } from './timescale/chroot.ts';
import { clientTools } from './timescale/client-tools.ts';
import { readServerFacts, type TimescaleServer, withClient } from './timescale/server.ts';

export interface TwoServers {
  /** The bed's Kafka and Connect, with the first of two servers of the same kind in the place of its own. */
  readonly bed: BedCoordinates;
  readonly second: TimescaleServer;
  stop(): Promise<void>;
}

/**
 * Two TimescaleDB servers from one Debian root. A recovery to another server needs the same version on both, which a
 * server that was given to the bed has no twin of. The second has the roles' names and passwords, and no database.
 */
export async function startTwoServers(shared: BedCoordinates): Promise<TwoServers> {
  const dir = await mkdtemp(join(shared.dir, 'two-servers-'));
  const origin = 'a Debian trixie root of its own';
  const servers: TimescaleServer[] = [];
  const stop = async () => {
    for (const server of servers) await server.stop();
  };
  try {
    for (const name of ['first', 'second']) {
      const server = await startInTrixieRoot(join(dir, name), origin);
      servers.push(server);
      await withClient(server.adminUrl, (admin) => createRoles(admin, shared.roles));
    }
    const [first, second] = servers;
    if (first === undefined || second === undefined) throw new Error('two servers were started');
    const { adminUrl } = first;
    const facts = await readServerFacts(adminUrl, `${shared.prefix}_probe`);
    const pgBin = await clientTools(facts.major, join(dir, 'pg-bin'));
    return { bed: { ...shared, ...facts, adminUrl, origin, pgBin }, second, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
