import { OperatorError } from '../../core/operator-error.ts';
import type { RecoveryContext } from '../context.ts';
import { readPlan } from '../plan/read-plan.ts';

/**
 * What has to be there before a baseline is restored: the pipeline of a cold recovery, the dump of a zone.
 * @throws OperatorError where the plan needs nothing of that
 */
export async function prepareStep(ctx: RecoveryContext): Promise<void> {
  const { procedure } = await readPlan(ctx);
  throw new OperatorError(`this version of msr prepares nothing for ${procedure}`, {
    hint: 'use the version that made the plan',
  });
}
