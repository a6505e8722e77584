import type { BackupContext } from '../../baselines/backup-context.ts';
import { openStrategy } from '../../baselines/strategies.ts';
import { findBackup } from '../../manifest/catalogue.ts';
import { completeLater } from '../../manifest/volumes-features.ts';
import { assertLockHeld } from '../../vault/lock.ts';
import { writeManifest } from '../contents/write-manifest.ts';
import { findPending, writePending } from '../pending/pending-backup.ts';
import { takeBackupUnder } from '../take-backup.ts';

/** What an execution gave to its backup. */
export interface ExecutionOfBackup {
  readonly backupId: string;
  readonly lockId: string;
}

/**
 * Cut and baseline under the lock of an execution. Volumes that take hours to become whole it does
 * not wait for: what the manifest will be is left to the state machine. Where either is there
 * already, it takes no second cut.
 * @throws LockLostError, and as takeBackupUnder
 */
export async function backUp(ctx: BackupContext, { backupId, lockId }: ExecutionOfBackup): Promise<void> {
  const { vault } = ctx;
  const done = (await findBackup(vault, backupId)) ?? (await findPending(vault, backupId));
  if (done !== undefined) return;
  const assertHeld = () => assertLockHeld(vault, lockId);
  await assertHeld();
  const strategy = await openStrategy(ctx.settings.strategy);
  await takeBackupUnder(ctx, {
    lock: { assertHeld },
    strategy,
    id: backupId,
    keepDraft: async (draft) => {
      if (completeLater(draft.volumes)) await writePending(vault, draft);
      else await writeManifest(vault, draft);
      return draft;
    },
  });
}
