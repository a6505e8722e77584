import { z } from 'zod';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type Rehearsal, rehearsalSchema } from './rehearsal.ts';

const verificationSchema = z.object({
  backupId: z.string(),
  verdict: z.enum(['verified', 'damaged']),
  verifiedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  artifacts: z.array(
    z.object({
      path: z.string(),
      bytes: z.int(),
      outcome: z.enum(['intact', 'damaged', 'unseen']),
      fact: z.string(),
    }),
  ),
  /** Absent where none was tried. */
  rehearsal: rehearsalSchema.optional(),
});

/** What the latest reading of all of a backup found: by it retention knows the last good one. */
export type Verification = z.infer<typeof verificationSchema>;

/** What reading all of a backup found. */
export interface VerificationReport {
  readonly backupId: string;
  readonly verdict: 'verified' | 'damaged';
  readonly artifacts: ReadonlyArray<{
    readonly path: string;
    readonly bytes: number;
    /** unseen: it lies outside the vault, nobody could look there, and the backup has a dump beside it. */
    readonly outcome: 'intact' | 'damaged' | 'unseen';
    readonly fact: string;
  }>;
}

/** A part of a backup that a reading found other than it was written, and what is wrong with it. */
export type DamagedPart = Pick<Verification['artifacts'][number], 'path' | 'fact'>;

/**
 * Overwrites what an earlier reading found; the latest rehearsal stays, since its server need not be asked
 * again.
 */
export async function writeVerification(
  vault: Vault,
  report: VerificationReport,
  { seconds, now = new Date() }: { readonly seconds: number; readonly now?: Date },
): Promise<Verification> {
  const rehearsal = (await readVerification(vault, report.backupId).catch(() => undefined))?.rehearsal;
  const verification = {
    ...report,
    ...(rehearsal === undefined ? {} : { rehearsal }),
    artifacts: [...report.artifacts],
    verifiedAt: now.toISOString(),
    seconds,
  };
  const path = VaultPath.verification(report.backupId);
  await writeJson(vault, path, verification);
  return verification;
}

/**
 * undefined where the backup was never read again after its manifest.
 * @throws OperatorError where the document is not what this version of msr writes
 */
export async function readVerification(vault: Vault, backupId: string): Promise<Verification | undefined> {
  const path = VaultPath.verification(backupId);
  const hint = 'use the version that wrote it, or verify the backup again';
  return (await readJson(vault, path, verificationSchema, { hint }))?.value;
}

/**
 * Adds what a rehearsal found to what reading all of the backup did.
 * @throws Error where nobody has read it
 */
export async function writeRehearsal(vault: Vault, backupId: string, rehearsal: Rehearsal): Promise<void> {
  const verification = await readVerification(vault, backupId);
  if (verification === undefined) throw new Error(`${backupId} is to be read before it is rehearsed`);
  await writeJson(vault, VaultPath.verification(backupId), { ...verification, rehearsal });
}

/**
 * What of a backup is damaged as far as anybody has looked, by reading it or by its rehearsal; none where
 * nobody has.
 * @throws as readVerification
 */
export async function readDamage(vault: Vault, backupId: string): Promise<readonly DamagedPart[]> {
  return damageIn(backupId, await readVerification(vault, backupId));
}

/** The same of a verification that is read already; undefined: nobody has verified it. Pure. */
export function damageIn(backupId: string, read: Verification | undefined): readonly DamagedPart[] {
  if (read === undefined) return [];
  return [
    ...read.artifacts.filter(({ outcome }) => outcome === 'damaged'),
    ...notRestorable(backupId, read.rehearsal),
  ];
}

/**
 * A backup that cannot be restored anywhere is as good as damaged, for all that reads its dump. What its
 * server lacks is another matter: a plan asks the server itself, which may have it by then.
 */
function notRestorable(backupId: string, rehearsal: Rehearsal | undefined): DamagedPart[] {
  const faults = rehearsal?.outcome === 'failed' ? rehearsal.faults : [];
  return faults
    .filter(({ side }) => side === 'backup')
    .map(({ object, fact, remedy }) => ({
      path: VaultPath.dump(backupId),
      fact: `its rehearsal failed at ${object}: ${fact} (${remedy})`,
    }));
}
