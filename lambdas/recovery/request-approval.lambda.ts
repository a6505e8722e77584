import { z } from 'zod';
import { lambdaEdge } from '../lambda-edge.ts';
import { writeRecoveryDocument } from './documents.ts';

const event = z.object({
  taskToken: z.string(),
  recoveryId: z.string(),
  planHash: z.string(),
  planPath: z.string(),
});

/**
 * Duty: writes down which plan waits for whose answer under which task token; `msr approve` reads it there. The token
 * opens nothing without the right states:SendTask* on this state machine.
 * Trigger: a plan that needs an approval. An approval never happens by opening a link: mail scanners open links.
 * Run twice it writes the later token, under which alone an answer counts.
 */
export const handler = lambdaEdge(event, async (request, { vault }) => {
  const requestedAt = new Date().toISOString();
  await writeRecoveryDocument(vault, request.recoveryId, 'approval', { ...request, requestedAt });
});
