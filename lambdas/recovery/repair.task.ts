import type { RecoveryContext } from '../../src/recovery/context.ts';
import { repairStep } from '../../src/recovery/steps/repair-step.ts';

/**
 * Duty: mends what is live where it is (configuration, the sink's position, damaged hours).
 * Trigger: an approved plan of a repair. Run again it converges.
 */
export async function repairTask(ctx: RecoveryContext): Promise<void> {
  await repairStep(ctx);
}
