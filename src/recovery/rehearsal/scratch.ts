import { escapeIdentifier } from 'pg';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { nameWith } from '../../live/database-names.ts';
import { type DatabaseServers, maintenanceUrl } from '../../settings/settings.ts';

/** What a rehearsal's database is called: the live name, `_rehearsal_` and the backup's id. */
export function scratchName(live: string, backupId: string): string {
  return nameWith(live, `${INFIX}${backupId.toLowerCase().replace('-', '_')}`);
}

const INFIX = '_rehearsal_';
const COMMENT = 'MSR rehearsal of backup ';

function isScratchOf(name: string, live: string): boolean {
  const match = /_rehearsal_(\d{8}t\d{6}z)_([0-9a-f]{4})$/.exec(name);
  return match !== null && name === scratchName(live, `${match[1]}-${match[2]}`);
}

/** The comment that says what it is, whoever lists the databases. */
export function scratchComment(backupId: string): string {
  return `${COMMENT}${backupId}: may be dropped`;
}

/**
 * Claims the name for as long as the session lives, so that whoever cleans up sees that it is in use: a
 * lock of a session that died is gone with it, and no clock is compared.
 * @returns false where another rehearsal has it
 */
export async function claimScratch(admin: Session, name: string): Promise<boolean> {
  const { rows } = await admin.query<{ claimed: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS claimed',
    [`msr rehearsal ${name}`],
  );
  return rows[0]?.claimed === true;
}

async function unclaimScratch(admin: Session, name: string): Promise<void> {
  await admin.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`msr rehearsal ${name}`]);
}

/** Ends whatever is connected, and drops. */
export async function dropScratch(admin: Session, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

/**
 * Drops what rehearsals of this live database have left that were killed; one that runs is let be. What has
 * the name without our comment was killed before anything was in it, or is somebody else's: the next
 * rehearsal of that backup finds it.
 * @param admin a session of the maintenance database, which lives on
 * @returns their names
 */
export async function dropOrphanedScratches(admin: Session, live: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string; comment: string | null }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database`,
  );
  const ours = rows.filter(
    ({ name, comment }) => isScratchOf(name, live) && (comment ?? '').startsWith(COMMENT),
  );
  const dropped: string[] = [];
  for (const { name } of ours) {
    if (!(await claimScratch(admin, name))) continue;
    await dropScratch(admin, name);
    await unclaimScratch(admin, name);
    dropped.push(name);
  }
  return dropped;
}

/** As dropOrphanedScratches, on the server of recoveries. */
export async function dropScratchesOfKilled(servers: DatabaseServers): Promise<string[]> {
  const live = databaseName(servers.databaseUrl);
  return await withSession(maintenanceUrl(servers), { purpose: 'drop leftovers' }, (admin) =>
    dropOrphanedScratches(admin, live),
  );
}
