import type { RecoveryContext } from '../context.ts';
import { cutOver } from '../cutover/cut-over.ts';
import { recordStep } from '../step-record.ts';

/** As cutOver, with its record in the vault. */
export async function cutOverStep(ctx: RecoveryContext): Promise<void> {
  await recordStep(ctx, 'cut-over', async () => {
    const report = await cutOver(ctx);
    return { ...report, skipped: report.cutoverPauseSeconds === undefined };
  });
}
