import { OperatorError } from '../../core/operator-error.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { DrillReport } from './drill-report.ts';
import { type DrillContext, runDrill } from './run-drill.ts';

/** A recovery would not have ended well, or nobody can say so. */
class DrillNotPassedError extends OperatorError {
  override readonly name = 'DrillNotPassedError';
}

/** The drill was broken off; its database is dropped by the next one. */
export class DrillCancelledError extends OperatorError {
  override readonly name = 'DrillCancelledError';

  constructor() {
    super('the drill was broken off', {
      hint: 'the next one drops what it has left; start one with `msr drill`',
    });
  }
}

/**
 * A drill whose end is that of its task: only one that passed, or made room for another operation, ends well.
 * @throws DrillNotPassedError
 */
export async function drillOnSchedule(
  ctx: DrillContext,
): Promise<Pick<DrillReport, 'drillId' | 'backupId' | 'verdict'>> {
  const report = await runDrill(ctx);
  const { drillId, backupId, verdict, failure, remarks } = report;
  if (verdict === 'passed' || verdict === 'skipped') return { drillId, backupId, verdict };
  const fact = failure?.message ?? remarks.at(-1) ?? 'see its ledger and validation';
  throw new DrillNotPassedError(`the drill ${drillId} of the backup ${backupId} ended ${verdict}: ${fact}`, {
    hint: `a recovery would meet the same: its report is ${VaultPath.drillPage(drillId)} in the vault`,
  });
}
