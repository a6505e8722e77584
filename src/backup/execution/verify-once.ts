import type { BackupContext } from '../../baselines/backup-context.ts';
import { volumeExaminer } from '../../baselines/configured-volumes.ts';
import { verifyBackup } from '../../baselines/verify-backup.ts';
import { readWholeDump } from '../../clients/dump-fault.ts';
import { readVerification, writeVerification } from '../../manifest/verification.ts';
import { BackupDamagedError } from '../backup-errors.ts';

/**
 * Reads all of a backup from the vault once more, and writes down what it found. One that was
 * found good is not read again.
 * @returns how long the reading took, in seconds
 * @throws BackupDamagedError, BackupUnverifiedError
 */
export async function verifyOnce(
  { vault, settings, progress, signal }: BackupContext,
  backupId: string,
): Promise<number> {
  const earlier = await readVerification(vault, backupId);
  if (earlier?.verdict === 'verified') return earlier.seconds;
  const started = performance.now();
  const report = await verifyBackup(vault, backupId, {
    readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }),
    examineVolumes: volumeExaminer(settings.strategy),
    progress,
    signal,
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  await writeVerification(vault, report, { seconds });
  if (report.verdict === 'verified') return seconds;
  const damaged = report.artifacts.filter(({ outcome }) => outcome === 'damaged');
  throw new BackupDamagedError(
    backupId,
    damaged.map(({ path, fact }) => `${path}: ${fact}`),
  );
}
