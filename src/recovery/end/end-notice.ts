import { duration } from '../../core/activity.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { Notice } from '../approval/approval-notice.ts';
import { reportDocument } from '../plan/plan.ts';
import { apiTestText } from './api-test-record.ts';
import type { RecoveryReport } from './report.ts';
import { verdictText } from './verdict.ts';

/**
 * How a recovery ended, for the people who were asked about it: the verdict first, then what is left to
 * do. It holds nothing of the events themselves.
 */
export function endNotice(report: RecoveryReport, vaultUrl: string): Notice {
  const { recoveryId, procedure, setAside = 0, retried = 0, api, steps, remarks } = report;
  const verdict = verdictText(report);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const parts = [
    `Recovery ${recoveryId} (${procedure}) ended: ${verdict}.`,
    `It took ${duration(seconds * 1000)} after its approval.`,
    setAside <= retried
      ? ''
      : `Records in no table:\n  msr quarantine list ${recoveryId}\nand, to write them after all:\n  msr quarantine retry ${recoveryId} --all`,
    api === undefined ? '' : `The MSR API: ${apiTestText(api)}`,
    remarks.map((remark) => `- ${remark}`).join('\n'),
    `To read all of it:\n  msr recoveries show ${recoveryId}\nor ${VaultPath.recoveryDocument(recoveryId, reportDocument(procedure))} in the vault.`,
    `The commands read where the vault is:\n  export MSR_VAULT_URL='${vaultUrl}'`,
  ];
  return {
    subject: `MSR recovery ${recoveryId} ended: ${verdict}`,
    message: parts.filter((part) => part !== '').join('\n\n'),
  };
}
