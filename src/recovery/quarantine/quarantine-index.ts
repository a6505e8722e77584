import { z } from 'zod';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';

/** Which records of one partition a file holds: offsets of the first and the last, and how many. */
const stretch = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  first: z.int().nonnegative(),
  last: z.int().nonnegative(),
  records: z.int().positive(),
});
export type Stretch = z.infer<typeof stretch>;

/**
 * What a replay has set aside, in files: gzipped ndjson, a line a record (set-aside-record.ts). A file that
 * it does not name is of a run that died.
 */
const quarantineIndexSchema = z.object({
  /** All records of all files. */
  records: z.int().nonnegative(),
  files: z.array(
    z.object({
      /** In the vault. */
      path: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      stretches: z.array(stretch),
    }),
  ),
});
export type QuarantineIndex = z.infer<typeof quarantineIndexSchema>;

export const EMPTY_INDEX: QuarantineIndex = { records: 0, files: [] };

export async function readQuarantineIndex(vault: Vault, recoveryId: string): Promise<QuarantineIndex> {
  return (await readRecoveryDocument(vault, recoveryId, 'quarantine', quarantineIndexSchema)) ?? EMPTY_INDEX;
}

export async function writeQuarantineIndex(
  vault: Vault,
  recoveryId: string,
  index: QuarantineIndex,
): Promise<void> {
  await writeRecoveryDocument(vault, recoveryId, 'quarantine', index);
}

/** With one more file. */
export function withFile(index: QuarantineIndex, file: QuarantineIndex['files'][number]): QuarantineIndex {
  const added = file.stretches.reduce((sum, { records }) => sum + records, 0);
  return { records: index.records + added, files: [...index.files, file] };
}
