import { z } from 'zod';
import type { Manifest } from '../../../manifest/manifest.ts';
import type { Vault } from '../../../vault/vault.ts';
import { readRecoveryDocument } from '../../documents.ts';
import { recoveriesWith } from '../recoveries.ts';
import { endsOf, isBefore } from './left-out-before.ts';

const reportPart = z.object({ outcome: z.string() });

/**
 * Whether a recovery may have replaced events since this backup: by the log where it tells, and by the ids.
 * One that was undone counts, too.
 */
export async function recoveredSince(
  vault: Vault,
  { id, cut }: Pick<Manifest, 'id' | 'cut'>,
): Promise<boolean> {
  for (const recoveryId of await recoveriesWith(vault, 'report')) {
    const report = await readRecoveryDocument(vault, recoveryId, 'report', reportPart);
    if (report?.outcome !== 'recovered') continue;
    return recoveryId > id || isBefore(cut.offsets, await endsOf(vault, recoveryId));
  }
  return false;
}
