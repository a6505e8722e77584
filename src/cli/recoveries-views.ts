import { duration } from '../core/activity.ts';
import { LOCAL_TOKEN } from '../recovery/approval/approval.ts';
import { hasEnded, type RecoveryStatus, stateText } from '../recovery/status/recovery-status.ts';
import { VaultPath } from '../vault/vault.ts';
import { describePlan } from './plan-view.ts';
import { describeReport } from './recovery-answer.ts';
import { facts, table } from './tables.ts';

/** One line a recovery, as given. */
export function recoveryTable(statuses: readonly RecoveryStatus[]): string {
  const rows = statuses.map((status) => [
    status.recoveryId,
    status.plan.procedure,
    stateText(status),
    status.heardAt.toISOString(),
    status.plan.backupId ?? '',
    remarkOf(status),
  ]);
  return table(['RECOVERY', 'PROCEDURE', 'STATE', 'LAST HEARD OF', 'BACKUP', 'REMARK'], rows);
}

/** What a machine is told of each. */
export function recoveryDocument({ recoveryId, plan, state, heardAt, progress, report }: RecoveryStatus) {
  const { procedure, backupId, hash } = plan;
  return {
    ...{ recoveryId, procedure, state, heardAt: heardAt.toISOString(), planHash: hash },
    ...(backupId === undefined ? {} : { backupId }),
    ...(progress === undefined ? {} : { progress }),
    ...(report === undefined ? {} : { report }),
  };
}

/** Everything that helps a person to see where a recovery is, and what can be done now. */
export function describeRecovery(status: RecoveryStatus): string {
  const { recoveryId, state, plan, progress, report, steps } = status;
  if (hasEnded(state) && report !== undefined && state === report.verdict) return describeReport(report);
  const running = steps.map(({ name, seconds }) => [name, duration(seconds * 1000)]);
  const head = facts([
    ['recovery', recoveryId],
    ['state', stateText(status)],
    ['last heard of', status.heardAt.toISOString()],
    ['page', VaultPath.recoveryPage(recoveryId)],
    ...(remarkOf(status) === '' ? [] : [['next', remarkOf(status)] as const]),
  ]);
  const taken = running.length === 0 ? [] : [table(['STEP', 'TOOK'], running, ['left', 'right'])];
  return [describePlan(plan), ...taken, ...(progress?.notes ?? []).slice(-5), head].join('\n\n');
}

/** What runs now, or what is to be done. */
export function remarkOf({ state, progress, recoveryId, plan, approval }: RecoveryStatus): string {
  switch (state) {
    case 'running':
      return progress?.activity ?? progress?.notes.at(-1) ?? '';
    case 'waits for approval':
      return approval?.taskToken === LOCAL_TOKEN
        ? 'the question stands at the terminal that runs `msr recover`'
        : `msr approve ${recoveryId} --plan ${plan.hash} (until ${approval?.expiresAt})`;
    case 'rejected':
      return approval?.answer?.reason ?? '';
    case 'refused':
      return plan.refusal ?? '';
    case 'broken off':
      return 'start a recovery again: it continues this one';
    default:
      return '';
  }
}
