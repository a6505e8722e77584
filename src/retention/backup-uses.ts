import { z } from 'zod';
import { timeOfId } from '../core/ids.ts';
import { messageOf } from '../core/operator-error.ts';
import { readRecoveryDocument } from '../recovery/documents.ts';
import { recoveriesWith } from '../recovery/plan/recoveries.ts';
import type { DatabaseServers } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';
import { DAY_MS } from './frequency.ts';
import { keptDatabases } from './kept-databases.ts';
import type { BackupUse } from './tiers.ts';
import type { VaultBackups } from './vault-backups.ts';

/**
 * An approval may be waited for up to 7 days, and for another plan of it once more; an older one is given up.
 */
const PLAN_MS = 15 * DAY_MS;

/** Both servers' URLs, or why they are not known. */
export type DatabaseAccess = DatabaseServers | { readonly why: string };

/**
 * What still needs a backup: recoveries that can be continued or wait for an answer, and those whose old
 * database is kept. An undo of the latter would make the backup the way forward again. What cannot be
 * seen is taken for in use.
 */
export async function findUses(
  vault: Vault,
  { recoveries }: Pick<VaultBackups, 'recoveries'>,
  access: DatabaseAccess,
  now: Date,
): Promise<BackupUse[]> {
  return [
    ...(await unfinishedUses(vault)),
    ...(await plannedUses(vault, now)),
    ...(await undoUses(recoveries, access)),
  ];
}

const startedSchema = z.object({ backupId: z.string() });
const endSchema = z.object({ outcome: z.string(), resumable: z.boolean().default(false) });

async function unfinishedUses(vault: Vault): Promise<BackupUse[]> {
  const uses = [];
  for (const recoveryId of await recoveriesWith(vault, 'started')) {
    const started = await readRecoveryDocument(vault, recoveryId, 'started', startedSchema);
    const end = await readRecoveryDocument(vault, recoveryId, 'report', endSchema);
    if (started === undefined || (end !== undefined && !end.resumable)) continue;
    uses.push({ backupId: started.backupId, by: `unfinished recovery ${recoveryId}` });
  }
  return uses;
}

const planSchema = z.object({ backupId: z.string().optional(), refusal: z.string().optional() });

/** The approver was shown this backup; it must be there when the answer comes. */
async function plannedUses(vault: Vault, now: Date): Promise<BackupUse[]> {
  const [planned, ended] = [await recoveriesWith(vault, 'plan'), await recoveriesWith(vault, 'report')];
  const uses = [];
  for (const recoveryId of planned.filter((id) => !ended.includes(id))) {
    if (now.getTime() - Date.parse(timeOfId(recoveryId)) > PLAN_MS) continue;
    const plan = await readRecoveryDocument(vault, recoveryId, 'plan', planSchema);
    if (plan?.backupId === undefined || plan.refusal !== undefined) continue;
    uses.push({ backupId: plan.backupId, by: `the plan of recovery ${recoveryId}` });
  }
  return uses;
}

async function undoUses(
  recoveries: VaultBackups['recoveries'],
  access: DatabaseAccess,
): Promise<BackupUse[]> {
  const kept = await whatIsKept(access, recoveries);
  return recoveries.flatMap(({ recoveryId, backupId }) => {
    if (backupId === undefined) return [];
    if (typeof kept === 'string') {
      return [{ backupId, by: `recovery ${recoveryId} may have kept an old database (${kept})` }];
    }
    const database = kept.get(recoveryId);
    return database === undefined ? [] : [{ backupId, by: `${database} is kept for an undo of it` }];
  });
}

/** The databases by recovery; or why nobody can tell. */
async function whatIsKept(
  access: DatabaseAccess,
  recoveries: VaultBackups['recoveries'],
): Promise<ReadonlyMap<string, string> | string> {
  if ('why' in access) return access.why;
  try {
    return await keptDatabases(
      access,
      recoveries.map(({ recoveryId }) => recoveryId),
    );
  } catch (error) {
    // Every failure means the same here: it cannot be seen, so the backup stays.
    return messageOf(error);
  }
}
