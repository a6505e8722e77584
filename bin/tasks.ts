import { backupTask } from '../lambdas/backup/backup.task.ts';
import { rehearseTask } from '../lambdas/backup/rehearse.task.ts';
import { verifyTask } from '../lambdas/backup/verify.task.ts';
import { verifyDueTask } from '../lambdas/backup/verify-due.task.ts';
import { compareTask } from '../lambdas/recovery/compare.task.ts';
import { cutOverTask } from '../lambdas/recovery/cut-over.task.ts';
import { drillTask } from '../lambdas/recovery/drill.task.ts';
import { prepareTask } from '../lambdas/recovery/prepare.task.ts';
import { repairTask } from '../lambdas/recovery/repair.task.ts';
import { replayTask } from '../lambdas/recovery/replay.task.ts';
import { restoreTask } from '../lambdas/recovery/restore.task.ts';
import { undoTask } from '../lambdas/recovery/undo.task.ts';
import { BackupCancelledError, VerificationCancelledError } from '../src/backup/backup-errors.ts';
import type { KnownTask } from '../src/edge/task-context.ts';
import type { TaskName } from '../src/edge/task-environment.ts';
import type { RecoveryContext } from '../src/recovery/context.ts';
import { DrillCancelledError } from '../src/recovery/drill/drill-on-schedule.ts';
import { RecoveryCancelledError } from '../src/recovery/recovery-errors.ts';
import { recoveryTask } from '../src/recovery/steps/recovery-task.ts';

/** Every step that runs in a container of its own, as `msr task <name>`. */
export const TASKS: Readonly<Record<TaskName, KnownTask>> = {
  backup: { run: backupTask, cancelled: () => new BackupCancelledError() },
  verify: { run: verifyTask, cancelled: () => new BackupCancelledError() },
  'verify-due': { run: verifyDueTask, cancelled: () => new VerificationCancelledError() },
  rehearse: { run: rehearseTask, cancelled: () => new BackupCancelledError() },
  drill: { run: drillTask, cancelled: () => new DrillCancelledError() },
  compare: { run: compareTask, cancelled: () => new RecoveryCancelledError() },
  prepare: ofRecovery(prepareTask),
  restore: ofRecovery(restoreTask),
  replay: ofRecovery(replayTask),
  'cut-over': ofRecovery(cutOverTask),
  repair: ofRecovery(repairTask),
  undo: ofRecovery(undoTask),
};

function ofRecovery(step: (ctx: RecoveryContext) => Promise<void>): KnownTask {
  return { run: recoveryTask(step), cancelled: () => new RecoveryCancelledError() };
}
