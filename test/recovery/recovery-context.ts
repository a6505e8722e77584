import { newId } from '../../src/core/ids.ts';
import { silentProgress } from '../../src/core/progress.ts';
import type { RecoveryContext } from '../../src/recovery/context.ts';
import { readSettings } from '../../src/settings/settings.ts';
import type { Vault } from '../../src/vault/vault.ts';
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
