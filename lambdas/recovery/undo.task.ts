import { OperatorError } from '../../src/core/operator-error.ts';
import type { RecoveryContext } from '../../src/recovery/context.ts';
import { redo, undo } from '../../src/recovery/cutover/undo.ts';
import { readRecoveryDocument } from '../../src/recovery/documents.ts';
import { planSchema } from '../../src/recovery/plan/plan.ts';
import { recordStep } from '../../src/recovery/step-record.ts';

/**
 * Duty: gives the live name back to the database that the recovery replaced, or takes that back (redo).
 * Trigger: an approved plan of an undo. Run again where the names have moved already it does nothing more.
 */
export async function undoTask(ctx: RecoveryContext): Promise<void> {
  const plan = await readRecoveryDocument(ctx.vault, ctx.recoveryId, 'undo-plan', planSchema);
  if (plan === undefined) {
    throw new OperatorError(`there is no plan of an undo of recovery ${ctx.recoveryId}`, {
      hint: 'start it with `msr recover --undo`',
    });
  }
  const swap = plan.procedure === 'redo' ? redo : undo;
  await recordStep(ctx, 'undo', async () => {
    const report = await swap(ctx);
    return { ...report, skipped: report.pauseSeconds === undefined };
  });
}
