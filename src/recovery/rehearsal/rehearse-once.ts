import { OperatorError } from '../../core/operator-error.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { describeRehearsal, type Rehearsal } from '../../manifest/rehearsal.ts';
import { readVerification, writeRehearsal } from '../../manifest/verification.ts';
import type { RehearsalContext } from './rehearsal-context.ts';
import { rehearse } from './rehearse.ts';

/** The backup is whole, and no recovery could bring it back; it is kept. */
export class BackupNotRestorableError extends OperatorError {
  override readonly name = 'BackupNotRestorableError';

  constructor(backupId: string, rehearsal: Rehearsal) {
    super(`the backup ${backupId} is whole, but ${describeRehearsal(rehearsal)}`, {
      hint: 'mend what it names; the backup is kept, and `msr backups verify` tries it once more',
    });
  }
}

/**
 * Rehearses a backup that was read already, and writes down what it found. One whose rehearsal passed is
 * not tried again.
 * @throws BackupNotRestorableError, and what the vault throws
 */
export async function rehearseOnce(ctx: RehearsalContext, backupId: string): Promise<Rehearsal> {
  const earlier = (await readVerification(ctx.vault, backupId))?.rehearsal;
  if (earlier?.outcome === 'passed') return earlier;
  const rehearsal = await rehearse(ctx, await showBackup(ctx.vault, backupId));
  await writeRehearsal(ctx.vault, backupId, rehearsal);
  ctx.progress.note(`${backupId}: ${describeRehearsal(rehearsal)}`);
  if (rehearsal.outcome === 'failed') throw new BackupNotRestorableError(backupId, rehearsal);
  return rehearsal;
}
