import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { lockForExecution } from '../../src/vault/execution-lock.ts';
import { releaseLock } from '../../src/vault/lock.ts';

const event = z.discriminatedUnion('action', [
  z.object({ action: z.literal('acquire'), execution: z.string() }),
  z.object({ action: z.literal('release'), id: z.string() }),
]);

/**
 * Duty: takes and gives back the lock of all operations.
 * Trigger: after the approval of a recovery; at every end of a recovery or a backup.
 * Acquired twice by one execution it is the same lock; released twice it is benign.
 */
export const handler = lambdaEdge(event, async (request, { vault }) => {
  if (request.action === 'acquire') {
    return { id: await lockForExecution(vault, 'recover', request.execution) };
  }
  await releaseLock(vault, request.id);
  return { id: request.id };
});
