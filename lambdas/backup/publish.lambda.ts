import { z } from 'zod';
import { announceBackup } from '../../src/backup/execution/announce-backup.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';

const event = z.object({
  backupId: z.string(),
  execution: z.object({ id: z.string(), startedAt: z.string() }),
});

/**
 * Duty: tells CloudWatch and EventBridge of a verified backup.
 * Trigger: the backup's last step. Run twice it tells the same twice. Where there is no instance to tell of
 * (a run on one machine) it only answers.
 */
export const handler = lambdaEdge(event, async ({ backupId, execution }, { vault }) => {
  const instance = process.env[InstanceVariable.name];
  return await announceBackup(vault, backupId, { instance, startedAt: new Date(execution.startedAt) });
});
