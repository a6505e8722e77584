import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Task, TaskContext } from '../../edge/task-context.ts';
import type { Settings } from '../../settings/settings.ts';
import { assertLockHeld } from '../../vault/lock.ts';
import type { RecoveryContext } from '../context.ts';
import { bothProgress, vaultProgress } from '../status/vault-progress.ts';

/** A step of a recovery as a task: under the recovery's lock, with its progress kept in the vault. */
export function recoveryTask(step: (ctx: RecoveryContext) => Promise<void>): Task {
  return async (task) => {
    await step(await openContext(task));
    return {};
  };
}

/** @throws LockLostError where the recovery that started this task no longer holds the lock */
async function openContext({ lockId, operationId, ...task }: TaskContext): Promise<RecoveryContext> {
  if (lockId === undefined) {
    throw new OperatorError('a task of a recovery was started without a lock', {
      hint: 'the state machine hands it over; a task is not started by hand',
    });
  }
  const ctx: RecoveryContext = {
    ...task,
    settings: fromMaintenanceDatabase(task.settings),
    progress: bothProgress(task.progress, vaultProgress(task.vault, operationId)),
    recoveryId: operationId,
    assertLockHeld: () => assertLockHeld(task.vault, lockId),
  };
  await ctx.assertLockHeld();
  return ctx;
}

/** The target's URL may name the very database that is gone: only its server is meant. */
function fromMaintenanceDatabase(settings: Settings): Settings {
  return { ...settings, targetDatabaseUrl: withDatabase(settings.targetDatabaseUrl, 'postgres') };
}
