import type { RecoveryContext } from '../../src/recovery/context.ts';
import { cutOver } from '../../src/recovery/cutover/cut-over.ts';
import { recordStep } from '../../src/recovery/step-record.ts';

/**
 * Duty: freeze, last catch-up, proof, rename, resume: the live name and the sink move to the new database.
 * Trigger: after the replay; after the commit point again and again, until it is through.
 */
export async function cutOverTask(ctx: RecoveryContext): Promise<void> {
  await recordStep(ctx, 'cut-over', async () => {
    const report = await cutOver(ctx);
    return { ...report, skipped: report.cutoverPauseSeconds === undefined };
  });
}
