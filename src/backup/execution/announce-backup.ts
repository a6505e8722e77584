import { putEvent } from '../../clients/event-bus.ts';
import { putMetrics } from '../../clients/metrics.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { readVerification } from '../../manifest/verification.ts';
import type { Vault } from '../../vault/vault.ts';
import { BACKUP_COMPLETED, backupEvent, backupMetrics } from './announcement.ts';

/**
 * Tells CloudWatch and EventBridge of a verified backup, under the time of its manifest.
 * @param instance undefined: there is none to tell of (a run on one machine)
 * @param startedAt of the execution
 * @returns what was told, or would have been
 */
export async function announceBackup(
  vault: Vault,
  backupId: string,
  { instance, startedAt }: { readonly instance: string | undefined; readonly startedAt: Date },
): Promise<ReturnType<typeof backupEvent>> {
  const manifest = await showBackup(vault, backupId);
  const verification = await readVerification(vault, backupId);
  const completed = { manifest, verification, startedAt, now: new Date() };
  const told = backupEvent(completed, instance ?? '', vault.url);
  if (instance !== undefined) {
    await putMetrics(instance, new Date(manifest.createdAt), backupMetrics(completed));
    await putEvent(BACKUP_COMPLETED, told);
  }
  return told;
}
