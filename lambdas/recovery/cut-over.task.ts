import type { RecoveryContext } from '../../src/recovery/context.ts';
import { cutOverStep } from '../../src/recovery/steps/cut-over-step.ts';

/**
 * Duty: freeze, last catch-up, proof, rename, resume: the live name and the sink move to the new database.
 * Trigger: after the replay; after the commit point again and again, until it is through.
 */
export async function cutOverTask(ctx: RecoveryContext): Promise<void> {
  await cutOverStep(ctx);
}
