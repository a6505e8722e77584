import { z } from 'zod';
import { secondsToNextLook, takenBaseline, wholeManifest } from '../../src/backup/await-baseline.ts';
import { removeMarks, writeManifest } from '../../src/backup/contents/write-manifest.ts';
import { findPending } from '../../src/backup/pending-backup.ts';
import { followVolumes } from '../../src/baselines/configured-volumes.ts';
import { openStrategy } from '../../src/baselines/strategies.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { type LambdaDeps, lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { findBackup } from '../../src/manifest/catalogue.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';
import { assertLockHeld } from '../../src/vault/lock.ts';

const event = z.object({ begun: z.object({ backupId: z.string(), lockId: z.string() }) });

interface Look {
  /** whole: the manifest is in the vault. */
  readonly decision: 'wait' | 'whole';
  readonly percent: number;
  readonly waitSeconds: number;
}

const WHOLE: Look = { decision: 'whole', percent: 100, waitSeconds: 0 };

/**
 * Duty: one look at the volumes of a backup whose task has ended; once they are whole, the manifest. A backup without
 * such volumes has its manifest already.
 * Trigger: after the backup's task, and again after each wait, under the backup's lock. Killed anywhere and run again
 * it converges: where the manifest is there it only removes what it stood for until then.
 */
export const handler = lambdaEdge(event, async ({ begun: { backupId, lockId } }, deps): Promise<Look> => {
  const { vault } = deps;
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
  return await underExecutionLock(vault, lockId, () => look(deps, draft, lockId));
});

async function look({ settings, vault }: LambdaDeps, draft: Manifest, lockId: string): Promise<Look> {
  const strategy = await openStrategy(settings.strategy);
  const note = (message: string) => console.log(message);
  const ctx = {
    settings,
    vault,
    progress: { ...silentProgress, note },
    signal: new AbortController().signal,
  };
  const found = await followVolumes(ctx, strategy, takenBaseline(draft));
  if (found.kind === 'pending') {
    const ageMs = Date.now() - Date.parse(draft.cut.takenAt);
    return { decision: 'wait', percent: found.percent, waitSeconds: secondsToNextLook(ageMs) };
  }
  await assertLockHeld(vault, lockId);
  await writeManifest(vault, wholeManifest(draft, found.volumes));
  return WHOLE;
}
