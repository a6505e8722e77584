import type { Session } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { nameOrigin } from '../../live/database-names.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { claimScratch, dropScratch } from '../rehearsal/scratch.ts';

/**
 * Drops what drills have left that were killed. One that runs holds its name; a database of a recovery
 * has no drill's document.
 * @param admin a session of the maintenance database
 */
export async function dropLeftDrills(
  { vault, settings, progress }: Pick<RecoveryContext, 'vault' | 'settings' | 'progress'>,
  admin: Session,
): Promise<void> {
  const live = databaseName(settings.databaseUrl);
  const { rows } = await admin.query<{ name: string }>('SELECT datname AS name FROM pg_database');
  for (const { name } of rows) {
    const origin = nameOrigin(name, live);
    if (origin?.kind !== 'new') continue;
    if ((await vault.readDocument(VaultPath.drillStarted(origin.recoveryId))) === undefined) continue;
    if (!(await claimScratch(admin, name))) continue;
    await dropScratch(admin, name);
    progress.note(`dropped ${name}, which a drill that was killed had left`);
  }
}
