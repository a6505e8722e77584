import { putEvent } from '../../clients/event-bus.ts';
import { putMetrics } from '../../clients/metrics.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { readVerification } from '../../manifest/verification.ts';
import type { Vault } from '../../vault/vault.ts';
import { BACKUP_COMPLETED, backupEvent, backupMetrics } from './announcement.ts';

/** Who hears of it. */
interface Listeners {
  readonly putMetrics: typeof putMetrics;
  readonly putEvent: typeof putEvent;
}

/**
 * Tells CloudWatch and EventBridge of a verified backup. The metrics count from when they are told, as the
 * alarm on their absence does: a backup that takes longer than yesterday's is not a day without one.
 * @param instance undefined: there is none to tell of (a run on one machine)
 * @param startedAt of the execution
 * @returns what was told, or would have been
 */
export async function announceBackup(
  vault: Vault,
  backupId: string,
  { instance, startedAt }: { readonly instance: string | undefined; readonly startedAt: Date },
  listeners: Listeners = { putMetrics, putEvent },
): Promise<ReturnType<typeof backupEvent>> {
  const manifest = await showBackup(vault, backupId);
  const verification = await readVerification(vault, backupId);
  const completed = { manifest, verification, startedAt, now: new Date() };
  const told = backupEvent(completed, instance ?? '', vault.url);
  if (instance !== undefined) {
    await listeners.putMetrics(instance, completed.now, backupMetrics(completed));
    await listeners.putEvent(BACKUP_COMPLETED, told);
  }
  return told;
}
