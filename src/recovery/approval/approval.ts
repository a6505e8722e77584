import { z } from 'zod';
import { OperatorError } from '../../core/operator-error.ts';

const answer = z.object({
  decision: z.enum(['approved', 'rejected']),
  at: z.iso.datetime(),
  /** user@host of whoever ran the command. */
  by: z.string(),
  reason: z.string().optional(),
});
export type ApprovalAnswer = z.infer<typeof answer>;

/** `approval.json` of a recovery: which plan waits for whose answer, until when. */
export const approvalSchema = z.object({
  recoveryId: z.string(),
  planHash: z.string(),
  planPath: z.string(),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Opens nothing without the right states:SendTask* on the state machine; gone once it is answered. */
  taskToken: z.string().optional(),
  /** Whether the alert topic took the notice; absent where no topic is configured. */
  notified: z.boolean().optional(),
  answer: answer.optional(),
});
export type Approval = z.infer<typeof approvalSchema>;

/**
 * The token of an execution that runs on an operator's machine: there the question is asked at its terminal.
 */
export const LOCAL_TOKEN = 'local';

/** waiting: an answer counts · answered, expired: none does any more */
export type ApprovalState = 'waiting' | 'answered' | 'expired';

/** @param now in milliseconds since the epoch */
export function approvalState({ answer: given, expiresAt }: Approval, now: number): ApprovalState {
  if (given !== undefined) return 'answered';
  return Date.parse(expiresAt) <= now ? 'expired' : 'waiting';
}

/** An answer to a plan that waits for none, or for another's. Nothing was changed. */
export class ApprovalNotPossibleError extends OperatorError {
  override readonly name = 'ApprovalNotPossibleError';
}

/**
 * The token under which this approval is answered.
 * @param planHash that the answer names; undefined: whatever the plan is (a rejection)
 * @throws ApprovalNotPossibleError where no answer counts, saying why
 */
export function answerableToken(approval: Approval, planHash: string | undefined, now: number): string {
  const { recoveryId, taskToken } = approval;
  const state = approvalState(approval, now);
  if (state === 'expired') throw expired(approval);
  if (approval.answer !== undefined || taskToken === undefined) throw answered(approval);
  if (taskToken === LOCAL_TOKEN) {
    throw new ApprovalNotPossibleError(`recovery ${recoveryId} was not started in AWS`, {
      hint: 'answer at the terminal that runs `msr recover`, or run `msr recover --approve <hash>`',
    });
  }
  if (planHash !== undefined && planHash !== approval.planHash) {
    throw new ApprovalNotPossibleError(
      `recovery ${recoveryId} waits for plan ${approval.planHash}, not for ${planHash}`,
      { hint: `read it with \`msr recoveries show ${recoveryId}\`, then approve that hash` },
    );
  }
  return taskToken;
}

function expired({ recoveryId, expiresAt }: Approval): ApprovalNotPossibleError {
  return new ApprovalNotPossibleError(`the approval of recovery ${recoveryId} expired at ${expiresAt}`, {
    hint: 'nothing was changed; start the recovery again: it makes a new plan and asks again',
  });
}

function answered({ recoveryId, answer: given }: Approval): ApprovalNotPossibleError {
  const how = given === undefined ? 'answered' : `${given.decision} by ${given.by} at ${given.at}`;
  return new ApprovalNotPossibleError(`the plan of recovery ${recoveryId} was ${how} already`, {
    hint: `see what became of it with \`msr recoveries show ${recoveryId}\``,
  });
}
