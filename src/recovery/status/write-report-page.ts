import { redact } from '../../core/redact.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import type { RecoveryReport } from '../end/report.ts';
import { isSwap } from '../plan/procedures.ts';
import { progressSchema } from './progress-document.ts';
import { reportPage } from './report-page.ts';

/**
 * The report as a page, beside its document: for people, and no reason to fail where it cannot be
 * written.
 * @returns its path in the vault; undefined where it was not written
 */
export async function writeReportPage(vault: Vault, report: RecoveryReport): Promise<string | undefined> {
  const name = isSwap(report.procedure) ? 'undo-report' : 'report';
  const path = VaultPath.reportPage(report.recoveryId, name);
  try {
    const progress = await readRecoveryDocument(vault, report.recoveryId, 'progress', progressSchema);
    await vault.writeDocument(path, redact(reportPage(report, progress?.behind)));
    return path;
  } catch (error) {
    console.error(`the page ${path} was not written: ${redact(String(error))}`);
    return undefined;
  }
}
