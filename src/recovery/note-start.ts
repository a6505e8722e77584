import type { RecoveryContext } from './context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from './documents.ts';
import type { Plan } from './plan/plan.ts';
import { startedSchema } from './plan/unfinished.ts';

/** From here on the recovery can be continued; the time of its first start stays. */
export async function noteStart(
  { vault, recoveryId }: Pick<RecoveryContext, 'vault' | 'recoveryId'>,
  start: Pick<Plan, 'backupId' | 'baseline' | 'procedure' | 'course' | 'zone'> & {
    readonly connectors?: readonly string[] | undefined;
  },
): Promise<void> {
  if ((await readRecoveryDocument(vault, recoveryId, 'started', startedSchema)) !== undefined) return;
  const startedAt = new Date().toISOString();
  await writeRecoveryDocument(vault, recoveryId, 'started', { ...start, startedAt });
}
