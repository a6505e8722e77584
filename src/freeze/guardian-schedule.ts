import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { FreezeRecord } from './freeze-record.ts';

/** Where guardians are scheduled in AWS; written by the construct, read by the task. */
export const GuardianVariable = {
  group: 'MSR_GUARDIAN_SCHEDULE_GROUP',
  /** The janitor's ARN. */
  target: 'MSR_GUARDIAN_TARGET_ARN',
  /** What EventBridge Scheduler may do: invoke the janitor. */
  role: 'MSR_GUARDIAN_ROLE_ARN',
} as const;

export interface GuardianSchedule {
  readonly groupName: string;
  readonly targetArn: string;
  readonly roleArn: string;
}

/**
 * undefined where none of the variables is set: a guardian is then a process of this machine.
 * @throws OperatorError where only some of them are
 */
export function readGuardianSchedule(env: Environment): GuardianSchedule | undefined {
  const values = Object.values(GuardianVariable).map((name) => env[name]);
  if (values.every((value) => value === undefined)) return undefined;
  const [groupName, targetArn, roleArn] = values;
  if (groupName !== undefined && targetArn !== undefined && roleArn !== undefined) {
    return { groupName, targetArn, roleArn };
  }
  const missing = Object.values(GuardianVariable).filter((name) => env[name] === undefined);
  throw new OperatorError(`${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`, {
    hint: `set all of ${Object.values(GuardianVariable).join(', ')}, or none of them`,
  });
}

/** What the janitor is told when a guardian fires. */
export interface GuardianCall {
  readonly connector: string;
  /** The freeze that is guarded: another one of the same connector is not its business. */
  readonly freezeId: string;
  /** The backup's or the recovery's id, by which its tasks are found. */
  readonly owner: string;
  /** How often the janitor has been called for this freeze, this time included. */
  readonly attempt: number;
}

export function guardianCall({ connector, id, owner }: FreezeRecord, attempt: number): GuardianCall {
  return { connector, freezeId: id, owner, attempt };
}

/** Unique to the freeze, and within the service's 64 characters. */
export function guardianScheduleName(freezeId: string): string {
  return `msr-guardian-${freezeId}`;
}

/** The service's one-off schedules know no zone in their expression and no fraction of a second. */
export function atExpression(time: Date): string {
  return `at(${time.toISOString().slice(0, 19)})`;
}
