import { withSession } from '../../../src/clients/postgres.ts';
import type { Offsets } from '../../../src/core/offsets.ts';
import { newDatabaseName, oldDatabaseName } from '../../../src/live/database-names.ts';
import { writeMarker } from '../../../src/live/marker.ts';
import { RECOVERY_SCHEMA_SQL } from '../../../src/live/recovery-schema.ts';
import type { BedCoordinates, Msr } from '../../bed/msr.ts';
import { installMsr } from '../../bed/msr-schema/install-msr.ts';

export const RECOVERY_ID = '20261123T041500Z-9f3a';

export interface DatabaseState {
  readonly name: string;
  readonly open: boolean;
  readonly oid: number;
  readonly comment: string | null;
}

/** The MSR's databases: the live one and what recoveries left beside it. */
export async function databasesOf(bed: BedCoordinates, msr: Msr): Promise<DatabaseState[]> {
  return await withSession(bed.adminUrl, { purpose: 'test' }, async (session) => {
    const { rows } = await session.query<DatabaseState>(
      `SELECT datname AS name, datallowconn AS open, oid, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = $1 OR datname LIKE $1 || '\\_old\\_%' OR datname LIKE $1 || '\\_new\\_%'
       ORDER BY datname`,
      [msr.database],
    );
    return rows;
  });
}

export function namesOf(msr: Msr, recoveryId = RECOVERY_ID) {
  return {
    live: msr.database,
    recovered: newDatabaseName(msr.database, recoveryId),
    old: oldDatabaseName(msr.database, recoveryId),
  };
}

/**
 * An empty MSR in the place of a recovered database, whose marker says that it holds nothing of Kafka yet: a
 * sink that is set to it exactly once brings every event exactly once.
 */
export async function makeRecovered(bed: BedCoordinates, msr: Msr, zero: Offsets): Promise<{ oid: number }> {
  const { recovered } = namesOf(msr);
  await installMsr({ ...bed, database: recovered, jobs: false });
  return await withSession(msr.url('admin', recovered), { purpose: 'test' }, async (session) => {
    await session.query(RECOVERY_SCHEMA_SQL);
    await session.query(
      `INSERT INTO msr_recovery.recovery (recovery_id, backup_id, phase) VALUES ($1, 'none', 'proven')`,
      [RECOVERY_ID],
    );
    await writeMarker(session, { recoveryId: RECOVERY_ID, offsets: zero }, 'pending');
    const { rows } = await session.query<{ oid: number }>(
      'SELECT oid FROM pg_database WHERE datname = current_database()',
    );
    return { oid: rows[0]?.oid ?? 0 };
  });
}
