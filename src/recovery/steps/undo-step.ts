import { OperatorError } from '../../core/operator-error.ts';
import type { RecoveryContext } from '../context.ts';
import { redo, undo } from '../cutover/undo.ts';
import { readRecoveryDocument } from '../documents.ts';
import { recordApiTest } from '../end/api-test-record.ts';
import { planSchema } from '../plan/plan.ts';
import { isRepair } from '../plan/procedures.ts';
import { repairOf } from '../repair/repairs.ts';
import { recordStep } from '../step-record.ts';

/**
 * Gives the live name back to the database that the recovery replaced, or takes that back, as its plan says.
 * Where the names have moved already nothing more is done. Then the MSR API is tested.
 * @throws OperatorError where there is no plan; as undo
 */
export async function undoStep(ctx: RecoveryContext): Promise<void> {
  const plan = await readRecoveryDocument(ctx.vault, ctx.recoveryId, 'undo-plan', planSchema);
  if (plan === undefined) {
    throw new OperatorError(`there is no plan of an undo of recovery ${ctx.recoveryId}`, {
      hint: 'start it with `msr recover --undo`',
    });
  }
  const of = (await readRecoveryDocument(ctx.vault, ctx.recoveryId, 'plan', planSchema))?.procedure;
  const swap = plan.procedure === 'redo' ? redo : undo;
  await recordStep(ctx, 'undo', async () => {
    if (of !== undefined && isRepair(of)) return await repairOf(of).undo(ctx);
    const report = await swap(ctx);
    return { ...report, skipped: report.pauseSeconds === undefined };
  });
  await recordApiTest(ctx, 'undo-api-test');
}
