import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { isSent, topicNotice } from '../../src/recovery/approval/request-approval.ts';
import { endNotice } from '../../src/recovery/end/end-notice.ts';
import { type RecoveryReport, writeReport } from '../../src/recovery/end/report.ts';
import { lossText } from '../../src/recovery/plan/loss.ts';
import { reportDocument } from '../../src/recovery/plan/plan.ts';
import { PLANNED } from '../../src/recovery/plan/procedures.ts';
import { writeProgressPage } from '../../src/recovery/status/write-progress-page.ts';
import { writeReportPage } from '../../src/recovery/status/write-report-page.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';
import { VaultPath } from '../../src/vault/vault.ts';

const event = z.object({
  recoveryId: z.string(),
  procedure: z.enum(PLANNED),
  outcome: z.enum(['recovered', 'not recovered']),
  failure: z.object({ Error: z.string(), Cause: z.string().default('') }).optional(),
  /** The roll-back's decision, or the error that it failed with itself. */
  rollBack: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Duty: composes the report from what the steps wrote to the vault, writes it there, and tells those who were
 * asked how it ended. Trigger: the end of a recovery, good or bad. Run twice it writes the same again, and
 * tells it twice.
 */
export const handler = lambdaEdge(event, async (end, { vault }) => {
  const report = await writeReport(vault, end);
  await writeProgressPage(vault, report.recoveryId);
  const page = await writeReportPage(vault, report);
  await tellEnd(report, vault.url);
  return {
    recoveryId: report.recoveryId,
    verdict: report.verdict,
    ...(report.lost === undefined ? {} : { lost: lossText(report.lost) }),
    setAside: report.setAside ?? 0,
    error: report.failure?.error ?? '',
    cause: report.failure?.message ?? '',
    reportPath: VaultPath.recoveryDocument(report.recoveryId, reportDocument(end.procedure)),
    ...(page === undefined ? {} : { page }),
  };
});

/** One that failed is told by the janitor and its alarm. A notice that cannot be sent ends no recovery. */
async function tellEnd(report: RecoveryReport, vaultUrl: string): Promise<void> {
  const send = topicNotice(process.env[InstanceVariable.alertTopic]);
  if (send === undefined || report.outcome !== 'recovered') return;
  await isSent('end', () => send(endNotice(report, vaultUrl)));
}
