import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RunningEngine } from './kafka.ts';
import { createRoles, newRoles, type Roles } from './msr-schema/roles.ts';
import { clientTools } from './timescale/client-tools.ts';
import { startLease } from './timescale/lease.ts';
import { startTimescale } from './timescale/resolve.ts';
import { readServerFacts, type ServerFacts, type TimescaleServer, withClient } from './timescale/server.ts';

export interface BedDatabase extends ServerFacts, RunningEngine {
  readonly adminUrl: string;
  readonly origin: string;
  readonly pgBin: string;
  readonly roles: Roles;
  /** Every database and role of this bed starts with it; a server that was given may hold other beds' too. */
  readonly prefix: string;
}

/** A TimescaleDB server with the roles of MSR, ready for databases. */
export async function startDatabase(dir: string): Promise<BedDatabase> {
  const server = await startTimescale(dir);
  try {
    return await furnish(server, dir);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function furnish(server: TimescaleServer, dir: string): Promise<BedDatabase> {
  const { adminUrl, origin } = server;
  const prefix = `msr${randomBytes(3).toString('hex')}`;
  const lease = await startLease(adminUrl, prefix, dir);
  try {
    const facts = await readServerFacts(adminUrl, `${prefix}_probe`);
    const roles = newRoles(prefix);
    await withClient(adminUrl, (admin) => createRoles(admin, roles));
    const pgBin = await clientTools(facts.major, join(dir, 'pg-bin'));
    console.error(
      `bed: TimescaleDB ${facts.timescaledb}, ${facts.edition} edition, PostgreSQL ${facts.major}`,
    );
    const stop = async (): Promise<void> => {
      await lease.stop();
      await server.stop();
    };
    return { ...facts, adminUrl, origin, pgBin, roles, prefix, stop };
  } catch (error) {
    await lease.stop();
    throw error;
  }
}
