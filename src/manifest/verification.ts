import { z } from 'zod';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

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

/** Overwrites what an earlier reading found. */
export async function writeVerification(
  vault: Vault,
  report: VerificationReport,
  { seconds, now = new Date() }: { readonly seconds: number; readonly now?: Date },
): Promise<Verification> {
  const verification = {
    ...report,
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

/** What of a backup is damaged as far as anybody has looked; none where nobody has. @throws as readVerification */
export async function readDamage(vault: Vault, backupId: string): Promise<readonly DamagedPart[]> {
  const read = await readVerification(vault, backupId);
  return read?.artifacts.filter(({ outcome }) => outcome === 'damaged') ?? [];
}
