import { BackupDamagedError } from '../../src/backup/backup-errors.ts';
import { volumeExaminer } from '../../src/baselines/configured-volumes.ts';
import { verifyBackup } from '../../src/baselines/verify-backup.ts';
import { readWholeDump } from '../../src/clients/pg-tools.ts';
import type { Task } from '../../src/edge/task-context.ts';
import { readVerification, writeVerification } from '../../src/manifest/verification.ts';

/**
 * Duty: reads all of a backup from the vault once more, after its manifest, and writes down what it found.
 * Trigger: after the backup's task; under no lock, since it only reads. Run again for a backup that was found good
 * it answers with that.
 * @throws BackupDamagedError, BackupUnverifiedError
 */
export const verifyTask: Task = async ({ vault, settings, progress, signal, operationId }) => {
  const earlier = await readVerification(vault, operationId);
  if (earlier?.verdict === 'verified') return { verifySeconds: earlier.seconds };
  const started = performance.now();
  const report = await verifyBackup(vault, operationId, {
    readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }),
    examineVolumes: volumeExaminer(settings.strategy),
    progress,
    signal,
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  await writeVerification(vault, report, { seconds });
  if (report.verdict === 'verified') return { verifySeconds: seconds };
  const damaged = report.artifacts.filter(({ outcome }) => outcome === 'damaged');
  throw new BackupDamagedError(
    operationId,
    damaged.map(({ path, fact }) => `${path}: ${fact}`),
  );
};
