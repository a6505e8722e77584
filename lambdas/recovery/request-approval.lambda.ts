import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { requestApproval, topicNotice } from '../../src/recovery/approval/request-approval.ts';
import { writeProgressPage } from '../../src/recovery/status/write-progress-page.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';

const event = z.object({
  taskToken: z.string(),
  recoveryId: z.string(),
  planHash: z.string(),
  planPath: z.string(),
  /** The same as the state machine's own timeout of this state. */
  expiresInSeconds: z.int().positive(),
});

/**
 * Duty: writes down which plan waits for whose answer under which task token, and tells the people on duty;
 * `msr approve` reads it there. The token opens nothing without the right states:SendTask* on this state
 * machine. Trigger: a plan that needs an approval. An approval never happens by opening a link: mail
 * scanners open links. Run twice it writes the later token, under which alone an answer counts, and sends a
 * second notice of one plan.
 */
export const handler = lambdaEdge(event, async (request, { vault }) => {
  await requestApproval(vault, request, topicNotice(process.env[InstanceVariable.alertTopic]));
  await writeProgressPage(vault, request.recoveryId);
});
