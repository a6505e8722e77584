import { backupTask } from '../backup/backup.task.ts';
import { verifyTask } from '../backup/verify.task.ts';
import { OperatorError } from '../operator-error.ts';
import { cutOverTask } from '../recovery/cut-over.task.ts';
import { recoveryTask } from '../recovery/recovery-task.ts';
import { replayTask } from '../recovery/replay.task.ts';
import { restoreTask } from '../recovery/restore.task.ts';
import { undoTask } from '../recovery/undo.task.ts';
import type { Task } from './task-context.ts';
import { TASK_NAMES, type TaskName } from './task-environment.ts';

/** Every step that runs in a container of its own. */
export const TASKS: Readonly<Record<TaskName, Task>> = {
  backup: backupTask,
  verify: verifyTask,
  restore: recoveryTask(restoreTask),
  replay: recoveryTask(replayTask),
  'cut-over': recoveryTask(cutOverTask),
  undo: recoveryTask(undoTask),
};

/** @throws OperatorError for a name that no state machine calls */
export function taskName(name: string | undefined): TaskName {
  const known = TASK_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new OperatorError(`there is no task ${name ?? '(none was named)'}`, {
    hint: `the tasks are ${TASK_NAMES.join(', ')}; they are started by the state machines`,
  });
}
