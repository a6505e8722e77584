import type { RecoveryContext } from '../../src/recovery/context.ts';
import { restoreStep } from '../../src/recovery/steps/restore-step.ts';

/**
 * Duty: the new database beside the live one, restored and proven against the manifest.
 * Trigger: the procedure's first step. Run again it does nothing where it was finished, and begins anew where
 * it was not; a recovery whose database is live already has nothing to restore.
 */
export async function restoreTask(ctx: RecoveryContext): Promise<void> {
  await restoreStep(ctx);
}
