import { z } from 'zod';
import { lambdaEdge } from '../lambda-edge.ts';
import { acquireLock, currentOwner, releaseLock } from '../vault/lock.ts';
import type { Vault } from '../vault/vault.ts';

const event = z.discriminatedUnion('action', [
  z.object({ action: z.literal('acquire'), execution: z.string() }),
  z.object({ action: z.literal('release'), id: z.string() }),
]);

/**
 * Duty: takes and gives back the lock of all operations.
 * Trigger: after the approval; at every end of the recovery.
 * Acquired twice by one execution it is the same lock; released twice it is benign.
 */
export const handler = lambdaEdge(event, async (request, { vault }) => {
  if (request.action === 'acquire') return { id: await acquire(vault, request.execution) };
  await releaseLock(vault, request.id);
  return { id: request.id };
});

/** In AWS the execution owns it, seen to be alive by its tasks' renewals; on one machine this process does. */
async function acquire(vault: Vault, executionArn: string): Promise<string> {
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) {
    return (await acquireLock(vault, { purpose: 'recover' })).id;
  }
  const owner = await currentOwner(vault);
  if (owner?.kind === 'execution' && owner.arn === executionArn) return owner.id;
  return (await acquireLock(vault, { purpose: 'recover', executionArn })).id;
}
