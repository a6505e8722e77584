import { newId } from '../../lambdas/ids.ts';
import { silentProgress } from '../../lambdas/progress.ts';
import type { RecoveryContext } from '../../lambdas/recovery/context.ts';
import { readSettings } from '../../lambdas/settings.ts';
import type { Vault } from '../../lambdas/vault/vault.ts';
import type { Msr } from '../bed/msr.ts';

/** What a step of a recovery of this MSR is given. */
export function recoveryContext(
  msr: Msr,
  vault: Vault,
  change: Partial<RecoveryContext> = {},
): RecoveryContext {
  return {
    settings: readSettings(msr.env(new URL(vault.url).pathname)),
    vault,
    progress: silentProgress,
    signal: new AbortController().signal,
    recoveryId: newId(),
    assertLockHeld: async () => {},
    ...change,
  };
}
