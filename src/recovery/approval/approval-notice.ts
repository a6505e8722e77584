import { duration } from '../../core/activity.ts';
import { lossText } from '../plan/loss.ts';
import { liveDatabase, type Plan, type PlanOption } from '../plan/plan.ts';
import { costText } from '../plan/price.ts';
import { PROCEDURE_TEXTS } from '../plan/procedures.ts';
import type { Approval } from './approval.ts';

/** A message for people, as SNS sends it by mail. */
export interface Notice {
  /** At most 100 characters of ASCII: SNS refuses anything else. */
  readonly subject: string;
  readonly message: string;
}

/**
 * The question, in plain words, with all that an answer needs. It holds no link that would
 * approve (mail scanners open links) and no task token: whoever answers needs the rights to the
 * vault and to the state machine.
 * @param now in milliseconds since the epoch
 */
export function approvalNotice(plan: Plan, approval: Approval, vaultUrl: string, now: number): Notice {
  const { recoveryId } = plan;
  const left = duration(Math.max(0, Date.parse(approval.expiresAt) - now));
  const parts = [
    `Recovery ${recoveryId} waits for your answer. Nothing has been changed so far.`,
    planned(plan),
    ...plan.options.filter(({ procedure }) => procedure === plan.procedure).map(price),
    plan.remarks.map((remark) => `- ${remark}`).join('\n'),
    otherOptions(plan),
    `To carry it out (this plan, and no other):\n  msr approve ${recoveryId} --plan ${plan.hash}`,
    `Not to:\n  msr reject ${recoveryId} --reason "..."`,
    `To read all of it:\n  msr recoveries show ${recoveryId}`,
    // Quoted: its parameters are separated by what a shell takes for something else.
    `The commands read where the vault is:\n  export MSR_VAULT_URL='${vaultUrl}'`,
    `Without an answer the question expires at ${approval.expiresAt} (in ${left}), and nothing is changed.`,
  ];
  return {
    subject: `MSR recovery ${recoveryId} waits for approval of plan ${plan.hash}`,
    message: parts.filter((part) => part !== '').join('\n\n'),
  };
}

function planned(plan: Plan): string {
  const { hash, procedure, backupId } = plan;
  const live = liveDatabase(plan);
  const known = live === undefined ? '' : `\nLive database: ${live}`;
  const backup = backupId === undefined ? '' : `\nBackup: ${backupId}`;
  return `Plan ${hash}: ${PROCEDURE_TEXTS[procedure]}.${known}${backup}`;
}

function price(option: PlanOption): string {
  const { lossEvents, lossAtLeast = 0, lossSpan, seconds, basis, cost, destroys } = option;
  const events = lossText({ events: lossEvents, atLeast: lossAtLeast });
  const isNone = lossEvents === 0 || lossSpan === undefined || lossSpan === null;
  const loss = isNone ? events : `${events}, written between ${lossSpan.from} and ${lossSpan.to}`;
  const time =
    seconds === null
      ? []
      : [`Time: ${duration(seconds.low * 1000)} to ${duration(seconds.high * 1000)} (${basis})`];
  const money = cost === undefined ? [] : [`Cost in AWS, by list prices: ${costText(cost)}`];
  return ['Its price', `Loss: ${loss}`, ...time, ...money, `It destroys: ${destroys}`].join('\n  ');
}

function otherOptions({ options, procedure }: Plan): string {
  const others = options.filter((option) => option.procedure !== procedure);
  if (others.length === 0) return '';
  const lines = others.map(({ procedure: name, possible, why, destroys }) =>
    possible ? `- ${name}: possible; destroys ${destroys}` : `- ${name}: impossible; ${why.join('; ')}`,
  );
  return ['Instead of it', ...lines].join('\n');
}
