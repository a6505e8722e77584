import type { BackupContext } from '../../baselines/backup-context.ts';
import { describeError } from '../../core/operator-error.ts';
import { BackupNotFoundError, findBackup, listBackups } from '../../manifest/catalogue.ts';
import { dueToRead } from '../../manifest/reading-pace.ts';
import { type ReadBackup, readReadings } from '../../manifest/readings.ts';
import { BackupDamagedError } from '../backup-errors.ts';
import { faultsOf, verifyAnew } from './verify-once.ts';

/** What a daily run has read again. */
export interface DueReading {
  /** Backups that were read to their end, the damaged ones among them. */
  readonly read: number;
  /** Those that were due, and for which the time was up. */
  readonly left: number;
}

export interface DueOptions {
  /** After so many milliseconds no other backup is begun. */
  readonly beginWithinMs: number;
  /** @default the real one */
  readonly now?: Date;
}

interface Findings {
  read: number;
  left: number;
  readonly damaged: Map<string, readonly string[]>;
  readonly unread: unknown[];
}

/**
 * Reads again, to their end, as many backups as a day must for each to be read within a month, and writes
 * down what it found. One that cannot be read, or is damaged, keeps none of the others from being read.
 * @throws BackupUnverifiedError where one could not be read; else BackupDamagedError, when all were
 */
export async function verifyDue(
  ctx: BackupContext,
  { beginWithinMs, now = new Date() }: DueOptions,
): Promise<DueReading> {
  const started = performance.now();
  const due = dueToRead(await readReadings(ctx.vault, await listBackups(ctx.vault)), now);
  ctx.progress.note(`${due.length} backups are due to be read again`);
  const found: Findings = { read: 0, left: 0, damaged: new Map(), unread: [] };
  for (const backup of due) {
    ctx.signal.throwIfAborted();
    if (performance.now() - started > beginWithinMs) found.left += 1;
    else await readAgain(ctx, backup, found);
  }
  if (found.unread.length > 0) throw found.unread[0];
  throwIfDamaged(found.damaged);
  return { read: found.read, left: found.left };
}

async function readAgain(ctx: BackupContext, { id }: ReadBackup, found: Findings): Promise<void> {
  try {
    const verification = await verifyAnew(ctx, id);
    // Retention may have let go of it while it was read.
    if (verification.verdict === 'damaged' && (await findBackup(ctx.vault, id)) === undefined) return;
    found.read += 1;
    if (verification.verdict === 'damaged') found.damaged.set(id, faultsOf(verification));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof BackupNotFoundError) return;
    ctx.progress.note(describeError(error));
    found.unread.push(error);
  }
}

function throwIfDamaged(damaged: Findings['damaged']): void {
  const [first, ...others] = damaged;
  if (first === undefined) return;
  const [id, faults] = first;
  const more = others.map(([other, its]) => `so is ${other}: ${its.join('; ')}`);
  throw new BackupDamagedError(id, [...faults, ...more]);
}
