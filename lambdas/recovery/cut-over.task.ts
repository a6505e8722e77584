import type { RecoveryContext } from './context.ts';
import { cutOver } from './cutover/cut-over.ts';
import { recordStep } from './step-record.ts';

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
