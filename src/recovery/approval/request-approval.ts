import { publishAlert } from '../../clients/alert-topic.ts';
import { messageOf, OperatorError } from '../../core/operator-error.ts';
import { writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { type Plan, planSchema } from '../plan/plan.ts';
import type { Approval } from './approval.ts';
import { approvalNotice, type Notice } from './approval-notice.ts';

export interface ApprovalRequest {
  readonly taskToken: string;
  readonly recoveryId: string;
  readonly planHash: string;
  readonly planPath: string;
  readonly expiresInSeconds: number;
}

/** Sends a notice to the people on duty. @throws what keeps it from being sent */
export type SendNotice = (notice: Notice) => Promise<void>;

/** The notice by the alert topic, where one is configured. */
export function topicNotice(topicArn: string | undefined): SendNotice | undefined {
  return topicArn === undefined ? undefined : (notice) => publishAlert(topicArn, notice);
}

/**
 * Writes the question down, then tells people of it. A notice that cannot be sent stops no recovery: whoever
 * started it can answer all the same, and `msr recoveries list` shows the question.
 * @param now in milliseconds since the epoch
 */
export async function requestApproval(
  vault: Vault,
  { expiresInSeconds, ...request }: ApprovalRequest,
  sendNotice: SendNotice | undefined,
  now = Date.now(),
): Promise<void> {
  const approval: Approval = {
    ...request,
    requestedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + expiresInSeconds * 1000).toISOString(),
  };
  const path = VaultPath.recoveryDocument(request.recoveryId, 'approval');
  const etag = await writeJson(vault, path, approval);
  if (sendNotice === undefined) return;
  const plan = await readPlan(vault, request.planPath);
  const notified = await isSent('approval', () => sendNotice(approvalNotice(plan, approval, vault.url, now)));
  // Somebody may have answered meanwhile: that stands.
  if (etag !== undefined) await writeJson(vault, path, { ...approval, notified }, { ifMatch: etag });
}

async function readPlan(vault: Vault, path: string): Promise<Plan> {
  const document = await vault.readDocument(path);
  if (document !== undefined) return planSchema.parse(JSON.parse(document.content));
  throw new OperatorError(`the plan ${path} is not in the vault ${vault.url}`, {
    hint: 'start the recovery again: it makes a new plan',
  });
}

/** @param what the notice is of, for the log: nothing else tells why nobody heard of it */
export async function isSent(what: string, send: () => Promise<void>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    console.error(`the ${what} notice could not be sent: ${messageOf(error)}`);
    return false;
  }
}
