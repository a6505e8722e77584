import { OperatorError } from '../../core/operator-error.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { type RecoveryReport, reportSchema } from '../end/report.ts';
import { fateOf } from '../restore/live-copies.ts';

/**
 * Refuses what is not live: an undone recovery's records are of a database that was put aside. The one that
 * is live again has its sink, which reads them itself.
 * @returns the recovery's report
 * @throws OperatorError
 */
export async function requireLive(vault: Vault, recoveryId: string): Promise<RecoveryReport> {
  const report = await readRecoveryDocument(vault, recoveryId, 'report', reportSchema);
  const undo = await readRecoveryDocument(vault, recoveryId, 'undo-report', reportSchema);
  const fate = fateOf(report, undo);
  if (report !== undefined && fate === 'live') return report;
  const why = { open: 'has not ended', over: 'is not live: it failed, or was undone', live: 'has no report' }[
    fate
  ];
  throw new OperatorError(`the recovery ${recoveryId} ${why}`, {
    hint:
      fate === 'open'
        ? 'finish it with `msr recover`, then retry what it has set aside'
        : 'nothing was written; `msr quarantine show` still shows its records',
  });
}
