import type { BackupContext } from '../../baselines/backup-context.ts';
import { volumeExaminer } from '../../baselines/configured-volumes.ts';
import { verifyBackup } from '../../baselines/verify-backup.ts';
import { readWholeDump } from '../../clients/dump-fault.ts';
import { readVerification, type Verification, writeVerification } from '../../manifest/verification.ts';
import { BackupDamagedError } from '../backup-errors.ts';

/**
 * Reads all of a backup from the vault once more, and writes down what it found. One that was
 * found good is not read again.
 * @returns how long the reading took, in seconds
 * @throws BackupDamagedError, BackupUnverifiedError
 */
export async function verifyOnce(ctx: BackupContext, backupId: string): Promise<number> {
  const earlier = await readVerification(ctx.vault, backupId);
  if (earlier?.verdict === 'verified') return earlier.seconds;
  const verification = await verifyAnew(ctx, backupId);
  if (verification.verdict === 'verified') return verification.seconds;
  throw new BackupDamagedError(backupId, faultsOf(verification));
}

/**
 * Reads all of a backup, whoever has read it before, and writes down what it found.
 * @throws BackupNotFoundError, BackupUnverifiedError
 */
export async function verifyAnew(
  { vault, settings, progress, signal }: BackupContext,
  backupId: string,
): Promise<Verification> {
  const started = performance.now();
  const report = await verifyBackup(vault, backupId, {
    readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }),
    examineVolumes: volumeExaminer(settings.strategy),
    progress,
    signal,
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  return await writeVerification(vault, report, { seconds });
}

/** What of it is damaged, one sentence each. */
export function faultsOf({ artifacts }: Pick<Verification, 'artifacts'>): string[] {
  return artifacts.filter(({ outcome }) => outcome === 'damaged').map(({ path, fact }) => `${path}: ${fact}`);
}
