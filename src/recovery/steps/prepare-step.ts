import { OperatorError } from '../../core/operator-error.ts';
import type { RecoveryContext } from '../context.ts';
import { isRebuild } from '../plan/procedures.ts';
import { readPlan } from '../plan/read-plan.ts';
import { positionIfUp } from '../position-if-up.ts';
import { PREPARATIONS } from '../prepare/preparations.ts';
import { recordStep } from '../step-record.ts';

/**
 * What has to be there before a baseline is restored: the pipeline of a cold recovery, the dump of a zone. A
 * recovery whose database is live already needs nothing more.
 * @throws OperatorError where the plan needs nothing of that, and as the preparation
 */
export async function prepareStep(ctx: RecoveryContext): Promise<void> {
  if ((await positionIfUp(ctx.vault, ctx.settings, ctx.recoveryId)).kind === 'live') return;
  const plan = await readPlan(ctx);
  const prepare = isRebuild(plan.procedure) ? PREPARATIONS[plan.procedure] : undefined;
  if (prepare === undefined) {
    throw new OperatorError(`this version of msr prepares nothing for ${plan.procedure}`, {
      hint: 'use the version that made the plan',
    });
  }
  await recordStep(ctx, 'prepare', () => prepare(ctx, plan));
}
