import { recoverStaleFreeze } from '../../freeze/stale-freeze.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { RecoveryContext } from '../context.ts';
import { noteStart } from '../note-start.ts';
import { readPlan } from '../plan/read-plan.ts';
import { positionIfUp } from '../position-if-up.ts';
import { adoptVolumes } from '../restore/adopt.ts';
import { restoreDatabase } from '../restore/restore.ts';
import { recordStep } from '../step-record.ts';

/**
 * The new database beside the live one, restored and proven against the manifest. Where it was
 * finished nothing is done; where it was not, it begins anew. A recovery whose database is live
 * already has nothing to restore.
 * @throws as adoptVolumes and restoreDatabase
 */
export async function restoreStep(ctx: RecoveryContext): Promise<void> {
  if ((await positionIfUp(ctx.vault, ctx.settings, ctx.recoveryId)).kind === 'live') return;
  // What an earlier process left frozen must not stand still for as long as a restore takes.
  const connect = sinkConnect(ctx);
  await recoverStaleFreeze({ ...ctx, connect }, ctx.settings.sinkConnector);
  const { backupId, baseline, procedure, course, zone } = await readPlan(ctx);
  await noteStart(ctx, { backupId, baseline, procedure, course, zone });
  const manifest = await showBackup(ctx.vault, backupId);
  await recordStep(ctx, 'restore', async () => {
    const restore = baseline === 'volumes' ? adoptVolumes : restoreDatabase;
    const { database, skipped, steps, remarks } = await restore(ctx, manifest);
    return { database, skipped, steps, remarks };
  });
}
