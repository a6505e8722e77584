import { OperatorError } from '../../core/operator-error.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument } from '../documents.ts';
import { recordApiTest } from '../end/api-test-record.ts';
import { planSchema } from '../plan/plan.ts';
import { isRepair } from '../plan/procedures.ts';
import { repairOf } from '../repair/repairs.ts';
import { recordStep } from '../step-record.ts';

/**
 * Mends what is live where it is, as the approved plan says; then the MSR API is tested.
 * @throws OperatorError where there is no such plan, or as the procedure
 */
export async function repairStep(ctx: RecoveryContext): Promise<void> {
  const plan = await readRecoveryDocument(ctx.vault, ctx.recoveryId, 'plan', planSchema);
  if (plan === undefined || !isRepair(plan.procedure)) {
    throw new OperatorError(`there is no plan of a repair of the recovery ${ctx.recoveryId}`, {
      hint: 'the state machine writes it before it starts its tasks; start a recovery with `msr recover`',
    });
  }
  const { run } = repairOf(plan.procedure);
  await recordStep(ctx, 'repair', () => run(ctx, plan));
  await recordApiTest(ctx, 'api-test');
}
