import { z } from 'zod';
import type { Environment } from '../../core/environment.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { InstanceVariable } from '../../settings/instance-environment.ts';
import type { Assessment } from '../plan/assessment.ts';
import type { Plan } from '../plan/plan.ts';
import type { Procedure } from '../plan/procedures.ts';
import type { RecoveryRequest } from '../plan/request.ts';

/**
 * Procedures that may lose nothing, so that a configuration may let their plans be carried out unasked. What
 * leaves events out on purpose, or passes over what nobody can count, is asked about always.
 */
export const AUTO_APPROVABLE = [
  'standard',
  'cold',
  'zone',
  'configuration',
  'partial',
] as const satisfies readonly Procedure[];

const listed = z.array(z.enum(AUTO_APPROVABLE));

/** The procedures that the configuration lists. @throws OperatorError where one of them is none */
export function autoApproved(env: Environment): readonly Procedure[] {
  const text = env[InstanceVariable.autoApprove];
  if (text === undefined || text === '') return [];
  const parsed = listed.safeParse(text.split(','));
  if (parsed.success) return parsed.data;
  throw new OperatorError(`${InstanceVariable.autoApprove} is ${JSON.stringify(text)}`, {
    hint: `list some of ${AUTO_APPROVABLE.join(', ')}, with commas between`,
  });
}

/**
 * Whether a plan is carried out without a question: its procedure is listed, it loses nothing for certain,
 * and nothing says that another way may be meant. Pure.
 */
export function isApprovedByConfiguration(
  { assessment, plan }: { readonly assessment: Assessment; readonly plan: Plan },
  request: RecoveryRequest,
  procedures: readonly Procedure[],
): boolean {
  if (plan.refusal !== undefined || request.force) return false;
  if (!procedures.some((each) => each === plan.procedure)) return false;
  return losesNothing(plan) && isPlain(assessment, plan);
}

function losesNothing({ options, procedure, backupId, zone, course }: Plan): boolean {
  const option = options.find(
    (each) =>
      each.procedure === procedure &&
      (procedure === 'zone' ? each.zone === zone : each.backupId === backupId || each.backupId === undefined),
  );
  if (option?.possible !== true || !option.answers) return false;
  const leavesOut = (course?.holes.length ?? 0) > 0 || course?.leaveOut !== undefined;
  return option.lossEvents === 0 && (option.lossAtLeast ?? 0) === 0 && !leavesOut;
}

/**
 * The database is lost or damaged for certain, and the log is that of the backup. A server that does not
 * answer may be alive behind a broken network.
 */
function isPlain(
  { backup, database, log, suspicions, changedBackup, leftOutBefore }: Assessment,
  { procedure, byContent }: Plan,
): boolean {
  const isHurt = procedure === 'configuration' || database.state === 'gone' || database.state === 'damaged';
  const isKnown = log.unidentified.length + log.unknown.length === 0 && byContent !== true;
  const isOther = suspicions.length > 0 || changedBackup !== undefined || leftOutBefore !== undefined;
  // A newer backup that was passed over is a question of its own.
  return isHurt && isKnown && !isOther && backup.passedOver.length === 0;
}

/** For people, in plan, mail and report. */
export function autoApprovedRemark({ procedure, hash }: Plan): string {
  return `approved by configuration: approval.autoApprove lists ${procedure}, and the plan ${hash} loses nothing; nobody was asked`;
}
