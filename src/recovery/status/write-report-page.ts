import { type Vault, VaultPath } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import type { RecoveryReport } from '../end/report.ts';
import { isSwap } from '../plan/procedures.ts';
import { progressSchema } from './progress-document.ts';
import { reportPage } from './report-page.ts';
import { writePage } from './write-page.ts';

/**
 * The report as a page, beside its document: for people, and no reason to fail where it cannot be
 * written.
 * @returns its path in the vault; undefined where it was not written
 */
export async function writeReportPage(vault: Vault, report: RecoveryReport): Promise<string | undefined> {
  const name = isSwap(report.procedure) ? 'undo-report' : 'report';
  const path = VaultPath.reportPage(report.recoveryId, name);
  return await writePage(vault, path, async () => {
    const progress = await readRecoveryDocument(vault, report.recoveryId, 'progress', progressSchema);
    return reportPage(report, progress?.behind);
  });
}
