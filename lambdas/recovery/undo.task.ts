import type { RecoveryContext } from '../../src/recovery/context.ts';
import { undoStep } from '../../src/recovery/steps/undo-step.ts';

/**
 * Duty: gives the live name back to the database that the recovery replaced, or takes that back (redo).
 * Trigger: an approved plan of an undo. Run again where the names have moved already it does nothing more.
 */
export async function undoTask(ctx: RecoveryContext): Promise<void> {
  await undoStep(ctx);
}
