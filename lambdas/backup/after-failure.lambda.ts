import { z } from 'zod';
import { afterBackupFailure } from '../../src/backup/after-backup-failure.ts';
import { findPending } from '../../src/backup/pending-backup.ts';
import type { BackupContext } from '../../src/baselines/backup-context.ts';
import { openStrategy } from '../../src/baselines/strategies.ts';
import { connectClient } from '../../src/clients/connect.ts';
import { causeMessage } from '../../src/clients/task-failure.ts';
import { describeError } from '../../src/core/operator-error.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { type LambdaDeps, lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { recoverStaleFreeze } from '../../src/freeze/stale-freeze.ts';
import { findBackup } from '../../src/manifest/catalogue.ts';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';
import { VaultPath } from '../../src/vault/vault.ts';

const event = z.object({
  begun: z.object({
    backupId: z.string(),
    lockId: z.string(),
    attempt: z.int().positive(),
    ignoreMaintenance: z.enum(['true', 'false']),
  }),
  /** A time-out need not have a Cause. */
  failure: z.object({ Error: z.string(), Cause: z.string().default('') }),
});

/**
 * Duty: after a failed step of a backup whose task is stopped by now: whether it is tried again, or goes on with what
 * was taken; otherwise the sink runs again by the rule, and nothing of the backup stays, in the vault or outside.
 * Trigger: the failure path, under the backup's lock. Everything it does converges when it is run twice. A backup
 * whose manifest is there exists, whatever its task said: the sink ran again long before that, and the lock may be
 * another's by now, so nothing is touched.
 */
export const handler = lambdaEdge(event, async ({ begun, failure }, deps) => {
  const { backupId, attempt } = begun;
  const exists = (await findBackup(deps.vault, backupId)) !== undefined;
  const stored = exists || (await findPending(deps.vault, backupId)) !== undefined;
  const next = afterBackupFailure({ error: failure.Error, attempt, stored });
  if (!exists && next.decision !== 'stored') await leaveNothing(deps, begun);
  const told = { error: failure.Error, cause: causeMessage(failure.Cause) };
  return { ...begun, ...told, ...next, attempt: attempt + 1 };
});

async function leaveNothing(
  { settings, vault }: LambdaDeps,
  { backupId, lockId }: z.infer<typeof event>['begun'],
): Promise<void> {
  const connect = connectClient(settings.connectUrl);
  const note = (message: string) => console.log(message);
  const deps = { settings, vault, connect, progress: { ...silentProgress, note } };
  await underExecutionLock(vault, lockId, async () => {
    await recoverStaleFreeze(deps, settings.sinkConnector);
    await removeVolumes({ ...deps, signal: new AbortController().signal }, backupId);
    await vault.deleteAll(VaultPath.backup(backupId));
  });
}

/** What cannot be removed now, the next backup removes: it must keep nobody from going on. */
async function removeVolumes(ctx: BackupContext, backupId: string): Promise<void> {
  try {
    const strategy = await openStrategy(ctx.settings.strategy);
    await strategy.begin(ctx, backupId).abandon();
  } catch (error) {
    ctx.progress.note(
      `what ${backupId} left outside the vault stays until the next backup: ${describeError(error)}`,
    );
  }
}
