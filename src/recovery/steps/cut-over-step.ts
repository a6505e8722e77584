import type { RecoveryContext } from '../context.ts';
import { cutOver } from '../cutover/cut-over.ts';
import { recordApiTest } from '../end/api-test-record.ts';
import { recordStep } from '../step-record.ts';

/** As cutOver, with its record in the vault; then the MSR API is tested, whose outcome fails no step. */
export async function cutOverStep(ctx: RecoveryContext): Promise<void> {
  await recordStep(ctx, 'cut-over', async () => {
    const report = await cutOver(ctx);
    return { ...report, skipped: report.cutoverPauseSeconds === undefined };
  });
  await recordApiTest(ctx, 'api-test');
}
