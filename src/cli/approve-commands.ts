import type { Command } from 'commander';
import { answerApproval } from '../recovery/approval/answer-approval.ts';
import { ApprovalNotPossibleError } from '../recovery/approval/approval.ts';
import { readStatus } from '../recovery/status/read-status.ts';
import { confirm } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { describePlan } from './plan-view.ts';
import { addSettingOptions, VAULT_SETTINGS } from './setting-options.ts';

/** `msr approve` and `msr reject`: the answer to a recovery that runs in AWS and waits. */
export function addApproveCommands(program: Command, run: Run): void {
  const approve = program
    .command('approve')
    .argument('<recovery>', 'its id, as the notice and `msr recoveries list` show it')
    .description('let a recovery that waits in AWS carry its plan out')
    .option('--plan <hash>', 'the plan that you have read, and no other (default: shows it and asks)')
    .action((id: string, options: { plan?: string }, self: Command) =>
      run(self, (invocation) => approveCommand(invocation, id, options.plan)),
    );
  const reject = program
    .command('reject')
    .argument('<recovery>', 'its id, as the notice and `msr recoveries list` show it')
    .description('end a recovery that waits in AWS; nothing is changed')
    .option('--reason <text>', 'for those who read its report')
    .action((id: string, options: { reason?: string }, self: Command) =>
      run(self, (invocation) => rejectCommand(invocation, id, options.reason)),
    );
  for (const command of [approve, reject]) addSettingOptions(command, VAULT_SETTINGS);
}

async function approveCommand(
  invocation: Invocation,
  recoveryId: string,
  plan: string | undefined,
): Promise<Answer> {
  const planHash = plan ?? (await askForPlan(invocation, recoveryId));
  const approval = await answerApproval(invocation.vault(), recoveryId, { decision: 'approved', planHash });
  return {
    document: approval,
    text: `plan ${planHash} of recovery ${recoveryId} is approved; follow it with \`msr recoveries watch ${recoveryId}\``,
  };
}

/**
 * Shows the plan that waits, and asks.
 * @throws ApprovalNotPossibleError where nobody can be asked, or the person says no
 */
async function askForPlan(invocation: Invocation, recoveryId: string): Promise<string> {
  const { plan } = await readStatus(invocation.vault(), recoveryId);
  if (invocation.ask === undefined) {
    throw new ApprovalNotPossibleError('nobody is here who could read the plan and say yes', {
      hint: `name the plan that you have read: \`msr approve ${recoveryId} --plan <hash>\``,
    });
  }
  invocation.progress.note(describePlan(plan));
  if (await confirm(invocation, 'Carry this plan out?')) return plan.hash;
  throw new ApprovalNotPossibleError('the plan was not approved; its recovery goes on waiting', {
    hint: `\`msr reject ${recoveryId}\` ends it`,
  });
}

async function rejectCommand(
  invocation: Invocation,
  recoveryId: string,
  reason: string | undefined,
): Promise<Answer> {
  const decision = { decision: 'rejected' as const, ...(reason === undefined ? {} : { reason }) };
  const approval = await answerApproval(invocation.vault(), recoveryId, decision);
  return { document: approval, text: `recovery ${recoveryId} is rejected: it ends, and nothing was changed` };
}
