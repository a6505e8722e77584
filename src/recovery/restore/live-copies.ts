import { z } from 'zod';
import type { LiveCopy } from '../../baselines/volumes-handler.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { recoveriesWith } from '../plan/recoveries.ts';
import { startedSchema } from '../plan/unfinished.ts';

/**
 * live: its copy became the live database, and no undo has led back · open: how it ended is not known · over:
 * it failed before its cutover's commit point, or was undone.
 */
type RecoveryFate = 'live' | 'open' | 'over';

/** A recovery that began with the volumes of a backup. */
export interface VolumeRecovery {
  readonly recoveryId: string;
  readonly fate: RecoveryFate;
  /** The end that its report tells; undefined without one. */
  readonly endedAt: Date | undefined;
  /** No other recovery has begun since. */
  readonly newest: boolean;
}

const reportSchema = z.object({
  procedure: z.string(),
  outcome: z.string(),
  endedAt: z.iso.datetime(),
  rollBack: z.object({ decision: z.string().optional() }).optional(),
});
type ReportedEnd = Pick<z.infer<typeof reportSchema>, 'procedure' | 'outcome' | 'rollBack'>;

/**
 * The name of what a recovery brings up of its backup, or somebody by hand.
 * @param id of the recovery, or the backup
 */
export function restoreName(id: string): string {
  return `msr-restore-${id.toLowerCase()}`;
}

/** All that the vault knows, newest first. @throws OperatorError where a document is of another version */
export async function volumeRecoveries(vault: Vault, backupId: string): Promise<VolumeRecovery[]> {
  const found: VolumeRecovery[] = [];
  const ids = await recoveriesWith(vault, 'started');
  for (const recoveryId of ids) {
    const started = await readRecoveryDocument(vault, recoveryId, 'started', startedSchema);
    if (started?.backupId !== backupId || started.baseline !== 'volumes') continue;
    const report = await readRecoveryDocument(vault, recoveryId, 'report', reportSchema);
    const undo = await readRecoveryDocument(vault, recoveryId, 'undo-report', reportSchema);
    const endedAt = report === undefined ? undefined : new Date(report.endedAt);
    found.push({ recoveryId, fate: fateOf(report, undo), endedAt, newest: recoveryId === ids[0] });
  }
  return found;
}

/**
 * Pure. Only an undo that is reported to its end counts: one that was broken off may
 * be before its commit point.
 */
export function fateOf(report: ReportedEnd | undefined, undo: ReportedEnd | undefined): RecoveryFate {
  if (report === undefined) return 'open';
  const decision = report.rollBack?.decision;
  // Past the commit point, though the sink could not be made to follow.
  const committed = report.outcome === 'recovered' || decision === 'stuck';
  if (!committed) return decision === 'rolled back' ? 'over' : 'open';
  return undo?.procedure === 'undo' && undo.outcome === 'recovered' ? 'over' : 'live';
}

/**
 * Refuses to let go of what a recovery has made the live database, or may yet make it.
 * @param name of the restore
 * @returns this backup's copies that other recoveries have made live. One of them may run on what has this
 *   name all the same, since a recovery takes the server that is there
 * @throws OperatorError
 */
export function requireNotLive(name: string, recoveries: readonly VolumeRecovery[]): readonly LiveCopy[] {
  const own = recoveries.find(({ recoveryId }) => restoreName(recoveryId) === name);
  if (own?.fate === 'live') {
    throw new OperatorError(
      `${name} became the live database by the recovery ${own.recoveryId}, which was not undone: nothing was removed`,
      {
        hint: `\`msr recover --undo ${own.recoveryId}\` leads back; where the database has moved on since and nobody needs them, detach and delete the volumes in the console`,
      },
    );
  }
  if (own?.fate === 'open' && own.newest) {
    throw new OperatorError(`the recovery ${own.recoveryId} has not ended, and ${name} is what it works on`, {
      hint: 'finish it with `msr recover`, or begin another one with `--fresh`; nothing was removed',
    });
  }
  return recoveries.flatMap(({ recoveryId, fate, endedAt }) =>
    fate !== 'live' || endedAt === undefined ? [] : [{ recoveryId, name: restoreName(recoveryId), endedAt }],
  );
}
