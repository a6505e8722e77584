import { writeManifest } from '../../src/backup/contents/write-manifest.ts';
import { findPending, writePending } from '../../src/backup/pending-backup.ts';
import { takeBackupUnder } from '../../src/backup/take-backup.ts';
import { openStrategy } from '../../src/baselines/strategies.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import type { Task } from '../../src/edge/task-context.ts';
import { findBackup } from '../../src/manifest/catalogue.ts';
import { completeLater } from '../../src/manifest/volumes-features.ts';
import { assertLockHeld } from '../../src/vault/lock.ts';

/**
 * Duty: cut and baseline in one process, under the lock of the execution that started it. Volumes that take hours to
 * become whole it does not wait for: what the manifest will be is left to the state machine.
 * Trigger: the backup's state machine. Run again where the manifest is there already, or what it will be, it answers
 * with that backup and takes no second cut: the execution's id gives the backup its id.
 */
export const backupTask: Task = async ({ lockId, operationId, ...ctx }) => {
  if (lockId === undefined) {
    throw new OperatorError('the backup was started without a lock', {
      hint: 'the state machine hands it over; on a machine of your own use `msr backup`',
    });
  }
  const { vault } = ctx;
  const done = (await findBackup(vault, operationId)) ?? (await findPending(vault, operationId));
  if (done !== undefined) return { backupId: done.id };
  const assertHeld = () => assertLockHeld(vault, lockId);
  await assertHeld();
  const strategy = await openStrategy(ctx.settings.strategy);
  const { id } = await takeBackupUnder(ctx, {
    lock: { assertHeld },
    strategy,
    id: operationId,
    store: async (draft) => {
      if (completeLater(draft.volumes)) await writePending(vault, draft);
      else await writeManifest(vault, draft);
      return draft;
    },
  });
  return { backupId: id };
};
