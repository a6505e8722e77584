import { withSession } from '../clients/postgres.ts';
import { databaseName } from '../clients/postgres-url.ts';
import { allowConnections } from '../live/allow-connections.ts';
import { type DatabaseServers, maintenanceUrl } from '../settings/settings.ts';
import type { FreezeRecord } from './freeze-record.ts';

/** Shown in pg_stat_activity; by it a dead recovery's session is found. */
export function renamePurpose(recoveryId: string): string {
  return `rename ${recoveryId}`;
}

/** What a freeze record tells of a cutover, once that has begun. */
export type BrokenOffCutover = Pick<FreezeRecord, 'purpose'> & {
  readonly cutover: NonNullable<FreezeRecord['cutover']>;
};

/**
 * Brings a cutover that was broken off to one side: after this the live name moves no more, and whatever
 * holds it accepts connections. A COMMIT that a dead process had sent may still be under way in the server,
 * and a live database may have been left fenced; so may a recovered one, whose recovery goes on.
 */
export async function endBrokenOffCutover(
  settings: DatabaseServers,
  { purpose, cutover }: BrokenOffCutover,
): Promise<void> {
  await withSession(maintenanceUrl(settings), { purpose: 'end broken-off cutover' }, async (session) => {
    // With a timeout, pg_terminate_backend returns only when the backend is gone, its transaction with it.
    await session.query(
      `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
       WHERE application_name = $1 AND pid <> pg_backend_pid()`,
      [`msr ${renamePurpose(cutover.recoveryId)}`],
    );
    await allowConnections(session, databaseName(settings.databaseUrl), true);
    if (purpose !== 'cutover') return;
    const { rows } = await session.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE oid = $1',
      [cutover.databaseOid],
    );
    if (rows[0] !== undefined) await allowConnections(session, rows[0].datname, true);
  });
}
