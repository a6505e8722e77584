import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { readRetries } from '../quarantine/retries.ts';
import { writeProgressPage } from '../status/write-progress-page.ts';
import { writeReportPage } from '../status/write-report-page.ts';
import { type RecoveryReport, reportSchema } from './report.ts';
import { liveVerdict } from './verdict.ts';

/**
 * Pure: the report once records of its quarantine were written. Its verdict is better only as far as what was
 * set aside goes: nothing else was looked at again. Every other verdict that begins with 'recovered' says
 * that ledger and database checks hold.
 */
export function afterRetries(report: RecoveryReport, retried: number): RecoveryReport {
  const { setAside = 0, lost, api, verdict } = report;
  if (retried === 0 || report.outcome !== 'recovered') return report;
  if (verdict === 'could not verify' || verdict === 'not recovered') return { ...report, retried };
  return {
    ...report,
    retried,
    verdict: liveVerdict({
      database: 'recovered',
      setAside: Math.max(0, setAside - retried),
      someLost: lost !== undefined,
      api: api?.verdict,
    }),
  };
}

/** Brings report and pages of a recovery up to what was retried of its quarantine. */
export async function reportRetries(vault: Vault, recoveryId: string): Promise<void> {
  const report = await readRecoveryDocument(vault, recoveryId, 'report', reportSchema);
  if (report === undefined) return;
  const { records } = await readRetries(vault, recoveryId);
  const now = afterRetries(report, records);
  await writeRecoveryDocument(vault, recoveryId, 'report', now);
  await writeProgressPage(vault, recoveryId);
  await writeReportPage(vault, now);
}
