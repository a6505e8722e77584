import { writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { writePage } from '../status/write-page.ts';
import { drillPage } from './drill-page.ts';
import type { DrillReport } from './drill-report.ts';

/**
 * The report, and its page for people beside it.
 * @throws VaultWriteError
 */
export async function writeDrillReport(vault: Vault, report: DrillReport): Promise<void> {
  await writeJson(vault, VaultPath.drillReport(report.drillId), report);
  await writePage(vault, VaultPath.drillPage(report.drillId), () => drillPage(report));
}
