import type { RecoveryContext } from '../../src/recovery/context.ts';
import { prepareStep } from '../../src/recovery/steps/prepare-step.ts';

/**
 * Duty: brings about what a recovery begins with: the pipeline of a cold one, the dump of another zone.
 * Trigger: an approved plan that needs it, before the restore. Run again it converges.
 */
export async function prepareTask(ctx: RecoveryContext): Promise<void> {
  await prepareStep(ctx);
}
