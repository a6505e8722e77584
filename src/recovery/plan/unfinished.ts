import { z } from 'zod';
import { isRepaired } from '../../live/repair-record.ts';
import { BASELINE_KINDS } from '../../manifest/baseline-kind.ts';
import type { DatabaseServers } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { positionIfUp } from '../position-if-up.ts';
import type { Assessment } from './assessment.ts';
import { courseSchema } from './course.ts';
import { PROCEDURES } from './procedures.ts';
import { recoveriesWith } from './recoveries.ts';

/** Written by the first task of a recovery: from then on it can be continued. */
export const startedSchema = z.object({
  backupId: z.string(),
  baseline: z.enum(BASELINE_KINDS).default('dump'),
  startedAt: z.iso.datetime(),
  procedure: z.enum(PROCEDURES).default('standard'),
  course: courseSchema.optional(),
  zone: z.string().optional(),
  /** Connectors that it has set out to create again. */
  connectors: z.array(z.string()).optional(),
});

/** What of a report says whether there is anything left to continue. */
const endSchema = z.object({ outcome: z.string(), resumable: z.boolean().default(false) });

/**
 * The newest recovery that began and did not end. Only the newest: one before it was
 * given up for a later one.
 * @param backupId only a recovery from this backup counts
 */
export async function findUnfinished(
  vault: Vault,
  settings: DatabaseServers,
  backupId: string | undefined,
): Promise<Assessment['unfinished']> {
  const recoveryId = (await recoveriesWith(vault, 'started'))[0];
  if (recoveryId === undefined) return undefined;
  const started = await readRecoveryDocument(vault, recoveryId, 'started', startedSchema);
  const end = await readRecoveryDocument(vault, recoveryId, 'report', endSchema);
  if (started === undefined || (end !== undefined && !end.resumable)) return undefined;
  if (backupId !== undefined && backupId !== started.backupId) return undefined;
  const live =
    started.procedure === 'partial'
      ? await isRepaired(settings, recoveryId)
      : (await positionIfUp(vault, settings, recoveryId)).kind === 'live';
  return { recoveryId, ...started, live };
}
