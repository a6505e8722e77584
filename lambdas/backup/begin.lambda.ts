import { z } from 'zod';
import { backupRequest } from '../../src/backup/execution/backup-request.ts';
import { beginBackup } from '../../src/backup/execution/begin-backup.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';

const event = z.object({
  request: backupRequest,
  execution: z.object({ id: z.string(), startedAt: z.string() }),
});

/**
 * Duty: gives the backup its id and takes the lock of all operations for its execution.
 * Trigger: after the wait for the maintenance. Run twice by one execution it is the same
 * backup and the same lock.
 */
export const handler = lambdaEdge(event, async ({ request, execution }, { vault }) => {
  return await beginBackup(vault, request, execution);
});
