import type { Progress } from '../core/progress.ts';
import type { Settings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';

/** What every step of a backup works with. */
export interface BackupContext {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Begin although MSR's maintenance is near. @default false */
  readonly ignoreMaintenance?: boolean;
  /**
   * Leave the sink running: the cut is inexact, and a recovery drops the overlap by content. @default
   * false
   */
  readonly noPause?: boolean;
  /** The clock that the maintenance window is judged by. @default the real one */
  readonly now?: Date;
}
