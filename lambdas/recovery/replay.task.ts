import type { RecoveryContext } from '../../src/recovery/context.ts';
import { replayStep } from '../../src/recovery/steps/replay-step.ts';

/**
 * Duty: everything since the cut into the new database, proven hour by hour, then what is derived from the
 * events; the old sink still runs. What is left for the cutover is little.
 * Trigger: after the restore. Run again it goes on after the last committed batch, and skips what is proven.
 */
export async function replayTask(ctx: RecoveryContext): Promise<void> {
  await replayStep(ctx);
}
