import { findBackup } from '../../../manifest/catalogue.ts';
import type { Manifest } from '../../../manifest/manifest.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { BackupOutlook } from '../assessment.ts';
import { changedHours } from '../compare-database.ts';
import { recoveredSince } from './recovered-since.ts';

/** Two backups that follow each other and do not agree on what both hold. */
export interface ChangedBackup {
  /** The older one, which holds it as it was. */
  readonly before: string;
  readonly after: string;
  readonly takenAt: string;
  /** The first difference, and how many there are. */
  readonly first: string;
  readonly differences: number;
}

/** Read whole, one after another: one of a large database holds tens of megabytes of digests. */
const MOST_COMPARED = 3;

/**
 * The newest pair of backups between which rows of whole hours were lost or changed: not by Kafka, whose
 * events only add, nor by a recovery, but in the database itself. A replay from the older one brings them
 * back.
 * @param backups newest first
 */
export async function findChangedBackup(
  vault: Vault,
  newest: Manifest,
  backups: readonly BackupOutlook[],
): Promise<ChangedBackup | undefined> {
  const older = backups.filter(({ id, takenAt }) => id !== newest.id && takenAt < newest.cut.takenAt);
  let after = newest;
  for (const { id } of older.slice(0, MOST_COMPARED)) {
    const before = await findBackup(vault, id);
    if (before === undefined) continue;
    const changed = compareBackups(before, after);
    if (changed !== undefined && !(await recoveredSince(vault, before))) return changed;
    after = before;
  }
  return undefined;
}

type Compared = Pick<Manifest, 'id' | 'cut' | 'digests' | 'snapshotPointer'>;

/** Late events add to an hour, and maintenance drops old ones: neither is a change. Pure. */
export function compareBackups(before: Compared, after: Compared): ChangedBackup | undefined {
  const cutoff = after.snapshotPointer?.cutoffTime;
  const damages = changedHours(before.digests, {
    cutoff: cutoff == null ? null : new Date(cutoff),
    events: { digests: after.digests, hours: new Set(before.digests.map(({ hour }) => hour)) },
  });
  const [first] = damages;
  if (first === undefined) return undefined;
  return {
    ...{ before: before.id, after: after.id, takenAt: after.cut.takenAt },
    ...{ first: first.text, differences: damages.length },
  };
}
