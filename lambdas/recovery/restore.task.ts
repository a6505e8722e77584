import { connectClient } from '../../src/clients/connect.ts';
import { recoverStaleFreeze } from '../../src/freeze/stale-freeze.ts';
import { showBackup } from '../../src/manifest/catalogue.ts';
import type { RecoveryContext } from '../../src/recovery/context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../../src/recovery/documents.ts';
import type { Plan } from '../../src/recovery/plan/plan.ts';
import { readPlan } from '../../src/recovery/plan/read-plan.ts';
import { startedSchema } from '../../src/recovery/plan/unfinished.ts';
import { positionIfUp } from '../../src/recovery/position-if-up.ts';
import { adoptVolumes } from '../../src/recovery/restore/adopt.ts';
import { restoreDatabase } from '../../src/recovery/restore/restore.ts';
import { recordStep } from '../../src/recovery/step-record.ts';

/**
 * Duty: the new database beside the live one, restored and proven against the manifest.
 * Trigger: the procedure's first step. Run again it does nothing where it was finished, and begins anew where it was
 * not; a recovery whose database is live already has nothing to restore.
 */
export async function restoreTask(ctx: RecoveryContext): Promise<void> {
  if ((await positionIfUp(ctx.vault, ctx.settings, ctx.recoveryId)).kind === 'live') return;
  // What an earlier process left frozen must not stand still for as long as a restore takes.
  const connect = connectClient(ctx.settings.connectUrl);
  await recoverStaleFreeze({ ...ctx, connect }, ctx.settings.sinkConnector);
  const { backupId, baseline } = await readPlan(ctx);
  await noteStart(ctx, { backupId, baseline });
  const manifest = await showBackup(ctx.vault, backupId);
  await recordStep(ctx, 'restore', async () => {
    const restore = baseline === 'volumes' ? adoptVolumes : restoreDatabase;
    const { database, skipped, steps, remarks } = await restore(ctx, manifest);
    return { database, skipped, steps, remarks };
  });
}

/** From here on the recovery can be continued; the time of its first start stays. */
async function noteStart(
  { vault, recoveryId }: RecoveryContext,
  start: Pick<Plan, 'backupId' | 'baseline'>,
): Promise<void> {
  if ((await readRecoveryDocument(vault, recoveryId, 'started', startedSchema)) !== undefined) return;
  const startedAt = new Date().toISOString();
  await writeRecoveryDocument(vault, recoveryId, 'started', { ...start, startedAt });
}
