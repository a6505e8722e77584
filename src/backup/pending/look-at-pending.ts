import type { BackupContext } from '../../baselines/backup-context.ts';
import { followVolumes } from '../../baselines/configured-volumes.ts';
import { openStrategy } from '../../baselines/strategies.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { findBackup } from '../../manifest/catalogue.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { underExecutionLock } from '../../vault/execution-lock.ts';
import { assertLockHeld } from '../../vault/lock.ts';
import { removeMarks, writeManifest } from '../contents/write-manifest.ts';
import type { ExecutionOfBackup } from '../execution/back-up.ts';
import { secondsToNextLook, takenBaseline, wholeManifest } from './await-baseline.ts';
import { findPending } from './pending-backup.ts';

/** What one look at a backup's volumes found, as the state machine branches on it. */
export interface Look {
  /** whole: the manifest is in the vault. */
  readonly decision: 'wait' | 'whole';
  readonly percent: number;
  readonly waitSeconds: number;
}

const WHOLE: Look = { decision: 'whole', percent: 100, waitSeconds: 0 };

/**
 * One look at the volumes of a backup whose task has ended; once they are whole, the manifest. Where the
 * manifest is there it only removes what it stood for until then.
 * @throws OperatorError where there is nothing to look at, LockLostError, and what the strategy throws
 */
export async function lookAtPending(
  ctx: BackupContext,
  { backupId, lockId }: ExecutionOfBackup,
): Promise<Look> {
  const { vault } = ctx;
  if ((await findBackup(vault, backupId)) !== undefined) {
    await removeMarks(vault, backupId);
    return WHOLE;
  }
  const draft = await findPending(vault, backupId);
  if (draft === undefined) {
    throw new OperatorError(
      `the backup ${backupId} has neither a manifest nor one that waits for its volumes`,
      {
        hint: 'somebody has removed its folder from the vault: take another backup',
      },
    );
  }
  return await underExecutionLock(vault, lockId, () => look(ctx, draft, lockId));
}

async function look(ctx: BackupContext, draft: Manifest, lockId: string): Promise<Look> {
  const { settings, vault } = ctx;
  const strategy = await openStrategy(settings.strategy);
  const found = await followVolumes(ctx, strategy, takenBaseline(draft));
  if (found.kind === 'pending') {
    const ageMs = Date.now() - Date.parse(draft.cut.takenAt);
    return { decision: 'wait', percent: found.percent, waitSeconds: secondsToNextLook(ageMs) };
  }
  await assertLockHeld(vault, lockId);
  await writeManifest(vault, wholeManifest(draft, found.volumes));
  return WHOLE;
}
