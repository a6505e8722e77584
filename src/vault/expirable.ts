import type { Vault } from './vault.ts';

/** The tag that a bucket's lifecycle rule filters by; whatever lacks it is never deleted by age. */
export const EXPIRED_TAG = { key: 'msr-retention', value: 'expired' } as const;

/**
 * What a vault can do that deletes nothing itself: Object Lock protects its artifacts, and the bucket's
 * lifecycle hides what is tagged, and deletes it once the lock has ended.
 */
export interface ExpirableVault {
  /** Tags every artifact below a prefix that ends in `/`; benign where it is tagged already. */
  tagExpired(prefix: string): Promise<void>;
  /** Takes the tag away again: what was expired yesterday may be the last good backup today. */
  untagExpired(prefix: string): Promise<void>;
}

/** Whether retention tags in this vault; otherwise it deletes. */
export function isExpirable(vault: Vault): vault is Vault & ExpirableVault {
  return 'tagExpired' in vault && 'untagExpired' in vault;
}
