import { z } from 'zod';
import { connectClient } from '../clients/connect.ts';
import { causeMessage } from '../clients/task-failure.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { lambdaEdge } from '../lambda-edge.ts';
import { silentProgress } from '../progress.ts';
import { underExecutionLock } from '../vault/execution-lock.ts';
import { VaultPath } from '../vault/vault.ts';
import { afterBackupFailure } from './after-backup-failure.ts';
import { findBackup } from './catalogue.ts';

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
 * Duty: after a failed backup task that is stopped by now: the sink runs again by the rule, nothing of the backup
 * stays, and whether it is tried again.
 * Trigger: the failure path, under the backup's lock. Everything it does converges when it is run twice. A backup
 * whose manifest is there exists, whatever its task said: the sink ran again long before that, and the lock may be
 * another's by now, so nothing is touched.
 */
export const handler = lambdaEdge(event, async ({ begun, failure }, { settings, vault }) => {
  const stored = (await findBackup(vault, begun.backupId)) !== undefined;
  if (!stored) {
    const connect = connectClient(settings.connectUrl);
    const deps = { settings, vault, connect, progress: silentProgress };
    await underExecutionLock(vault, begun.lockId, async () => {
      await recoverStaleFreeze(deps, settings.sinkConnector);
      await vault.deleteAll(VaultPath.backup(begun.backupId));
    });
  }
  const next = afterBackupFailure({ error: failure.Error, attempt: begun.attempt, stored });
  const told = { error: failure.Error, cause: causeMessage(failure.Cause) };
  return { ...begun, ...told, ...next, attempt: begun.attempt + 1 };
});
