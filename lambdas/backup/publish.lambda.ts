import { z } from 'zod';
import { BACKUP_COMPLETED, backupEvent, backupMetrics } from '../../src/backup/announcement.ts';
import { putEvent } from '../../src/clients/event-bus.ts';
import { putMetrics } from '../../src/clients/metrics.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { showBackup } from '../../src/manifest/catalogue.ts';
import { readVerification } from '../../src/manifest/verification.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';

const event = z.object({
  backupId: z.string(),
  execution: z.object({ id: z.string(), startedAt: z.string() }),
});

/**
 * Duty: tells CloudWatch and EventBridge of a verified backup.
 * Trigger: the backup's last step. Run twice it tells the same twice, under the time of the manifest. Where there is
 * no instance to tell of (a run on one machine) it only answers.
 */
export const handler = lambdaEdge(event, async ({ backupId, execution }, { vault }) => {
  const manifest = await showBackup(vault, backupId);
  const verification = await readVerification(vault, backupId);
  const startedAt = new Date(execution.startedAt);
  const completed = { manifest, verification, startedAt, now: new Date() };
  const instance = process.env[InstanceVariable.name];
  const told = backupEvent(completed, instance ?? '', vault.url);
  if (instance !== undefined) {
    await putMetrics(instance, new Date(manifest.createdAt), backupMetrics(completed));
    await putEvent(BACKUP_COMPLETED, told);
  }
  return told;
});
