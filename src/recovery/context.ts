import type { Progress } from '../core/progress.ts';
import type { Settings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';

/** What every step of a recovery is given. */
export interface RecoveryContext {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly progress: Progress;
  /** Aborted when the recovery is cancelled or its starter dies; steps stop at the next safe place. */
  readonly signal: AbortSignal;
  readonly recoveryId: string;
  /** Checks before each irreversible step that the recovery still holds the lock. @throws LockLostError */
  readonly assertLockHeld: () => Promise<void>;
}
