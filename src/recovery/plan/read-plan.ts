import { OperatorError } from '../../core/operator-error.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument } from '../documents.ts';
import { type Plan, planSchema } from './plan.ts';

/** The approved plan of a standard recovery. @throws OperatorError where there is none */
export async function readPlan({
  vault,
  recoveryId,
}: Pick<RecoveryContext, 'vault' | 'recoveryId'>): Promise<Plan & { readonly backupId: string }> {
  const plan = await readRecoveryDocument(vault, recoveryId, 'plan', planSchema);
  if (plan?.backupId !== undefined) return { ...plan, backupId: plan.backupId };
  const path = VaultPath.recoveryDocument(recoveryId, 'plan');
  throw new OperatorError(`there is no plan of a recovery at ${path} in the vault ${vault.url}`, {
    hint: 'the state machine writes it before it starts its tasks; start a recovery with `msr recover`',
  });
}
