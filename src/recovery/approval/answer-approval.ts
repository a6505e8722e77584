import { hostname, userInfo } from 'node:os';
import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { failureCause } from '../../clients/task-failure.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { writeJson } from '../../vault/json-documents.ts';
import { type TaggedDocument, type Vault, VaultPath } from '../../vault/vault.ts';
import { ApprovalDeniedError } from '../recovery-errors.ts';
import {
  type Approval,
  type ApprovalAnswer,
  ApprovalNotPossibleError,
  answerableToken,
  approvalSchema,
} from './approval.ts';

/** What somebody says to a plan. */
export type Decision =
  | { readonly decision: 'approved'; readonly planHash: string }
  | { readonly decision: 'rejected'; readonly reason?: string };

/**
 * Gives the execution that waits its answer, then notes in the vault who gave it. Two people may answer at
 * once: Step Functions believes the first, since a token counts once.
 * @throws ApprovalNotPossibleError where no answer counts any more, or another plan waits
 * @throws OperatorError where the answer cannot be given: rights, region, credentials
 */
export async function answerApproval(
  vault: Vault,
  recoveryId: string,
  decision: Decision,
  client = new SFNClient(),
): Promise<Approval> {
  const { approval, document } = await readApproval(vault, recoveryId);
  const planHash = decision.decision === 'approved' ? decision.planHash : undefined;
  const taskToken = answerableToken(approval, planHash, Date.now());
  await send(client, taskToken, decision).catch((error: unknown) => {
    throw sendingFailed(recoveryId, error);
  });
  return await noteAnswer(vault, approval, document, decision);
}

/**
 * Notes what was answered at the terminal of the recovery itself, where nobody but this process waits for it.
 */
export async function noteLocalAnswer(vault: Vault, recoveryId: string, decision: Decision): Promise<void> {
  const document = await vault.readDocument(VaultPath.recoveryDocument(recoveryId, 'approval'));
  const parsed = document === undefined ? undefined : approvalSchema.safeParse(JSON.parse(document.content));
  if (document === undefined || parsed?.success !== true) return;
  await noteAnswer(vault, parsed.data, document, decision);
}

/** @throws ApprovalNotPossibleError where this recovery asks nothing */
async function readApproval(
  vault: Vault,
  recoveryId: string,
): Promise<{ approval: Approval; document: TaggedDocument }> {
  const path = VaultPath.recoveryDocument(recoveryId, 'approval');
  const document = await vault.readDocument(path);
  if (document === undefined) {
    throw new ApprovalNotPossibleError(`recovery ${recoveryId} asks for no approval in ${vault.url}`, {
      hint: '`msr recoveries list` shows which recovery does; check MSR_VAULT_URL',
    });
  }
  const parsed = approvalSchema.safeParse(JSON.parse(document.content));
  if (parsed.success) return { approval: parsed.data, document };
  throw new OperatorError(`${path} in the vault ${vault.url} was not written by this version of msr`, {
    hint: 'answer with the version of msr that is deployed',
    cause: parsed.error,
  });
}

async function send(client: SFNClient, taskToken: string, decision: Decision): Promise<void> {
  if (decision.decision === 'approved') {
    const output = JSON.stringify({ approvedPlanHash: decision.planHash });
    await client.send(new SendTaskSuccessCommand({ taskToken, output }));
    return;
  }
  const denied = failureCause(new ApprovalDeniedError(decision.reason));
  await client.send(new SendTaskFailureCommand({ taskToken, ...denied }));
}

/** Step Functions names what it refuses; whatever else fails is credentials, the region or the network. */
function sendingFailed(recoveryId: string, cause: unknown): OperatorError {
  const name = cause instanceof Error ? cause.name : 'Error';
  if (name === 'TaskTimedOut' || name === 'TaskDoesNotExist' || name === 'InvalidToken') {
    return new ApprovalNotPossibleError(`recovery ${recoveryId} no longer waits for an answer (${name})`, {
      hint: 'it was answered, it expired, or its execution was stopped; start the recovery again for a new plan',
      cause,
    });
  }
  const fact = `the answer to recovery ${recoveryId} could not be given: ${name}`;
  const hint =
    name === 'AccessDeniedException'
      ? 'whoever answers needs states:SendTaskSuccess and states:SendTaskFailure on the state machine'
      : 'check AWS_REGION, AWS_PROFILE and the network: the answer goes to Step Functions';
  return new OperatorError(fact, { hint, cause });
}

/** The token goes: it has served. A newer question that came in between stays as it is. */
async function noteAnswer(
  vault: Vault,
  { taskToken: _, ...approval }: Approval,
  { etag }: TaggedDocument,
  decision: Decision,
): Promise<Approval> {
  const answer: ApprovalAnswer = {
    decision: decision.decision,
    at: new Date().toISOString(),
    by: `${userInfo().username}@${hostname()}`,
    ...('reason' in decision && decision.reason !== undefined ? { reason: decision.reason } : {}),
  };
  const answered = { ...approval, answer };
  const path = VaultPath.recoveryDocument(approval.recoveryId, 'approval');
  await writeJson(vault, path, answered, { ifMatch: etag });
  return answered;
}
