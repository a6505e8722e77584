import { showBackup } from '../../manifest/catalogue.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { RecoveryContext } from '../context.ts';
import { noteStart } from '../note-start.ts';
import { restartPipeline } from '../pipeline/restart-pipeline.ts';
import type { Plan } from '../plan/plan.ts';
import type { StepResult } from '../step-record.ts';

/**
 * The pipeline as the backup describes it, with a sink that stands still: what comes into the new topics is
 * replayed from their start. From here on the recovery is continued: what it creates changes the world that
 * a new plan would be made of.
 * @throws as restartPipeline
 */
export async function restartForCold(
  ctx: RecoveryContext,
  plan: Plan & { readonly backupId: string },
): Promise<StepResult> {
  const { backupId, baseline, procedure, course, gaps } = plan;
  const connectors = gaps?.connectors.map(({ name }) => name);
  await noteStart(ctx, { backupId, baseline, procedure, course, connectors });
  const manifest = await showBackup(ctx.vault, backupId);
  const connect = sinkConnect(ctx);
  const created = await restartPipeline(ctx, connect, manifest, connectors);
  return { ...created, skipped: created.topics.length + created.connectors.length === 0 };
}
