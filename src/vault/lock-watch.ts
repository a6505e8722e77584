import { setTimeout as pause } from 'node:timers/promises';
import { localProbe, type ProcessProbe } from '../core/process-identity.ts';
import type { Progress } from '../core/progress.ts';
import { describeOwner, LEASE_MS, type LockOwner, ownerFate, parseLockOwner } from './lock-owner.ts';
import { type Vault, VaultPath } from './vault.ts';

/** How a lock's owner is looked at. */
export interface WatchOptions {
  /** @default the machine that this process runs on */
  readonly probe?: ProcessProbe;
  /** How long renewals must stand still, in milliseconds of this process's own clock. @default LEASE_MS */
  readonly leaseMs?: number;
  /** Between two looks, in milliseconds. @default 2000 */
  readonly lookMs?: number;
  /** Told once for each owner that has to be watched: it takes up to a lease. */
  readonly onWatch?: (owner: LockOwner) => void;
  readonly signal?: AbortSignal;
}

/** For `onWatch`: says why it takes a while. */
export function tellWatch({ note }: Pick<Progress, 'note'>): (owner: LockOwner) => void {
  return (owner) =>
    note(
      `${describeOwner(owner)} holds the lock, and cannot be seen from here: watching up to ${LEASE_MS / 60_000} min whether it is alive`,
    );
}

/**
 * free: nobody holds it · held: its owner lives · dead: its owner does not, and this is the
 * version of it that is left
 */
export type LockState =
  | { readonly kind: 'free' }
  | { readonly kind: 'held'; readonly owner: LockOwner }
  | { readonly kind: 'dead'; readonly owner: LockOwner; readonly etag: string };

/**
 * Whether the lock of all operations is held by somebody alive. A process of this machine is looked at;
 * whoever cannot be seen from here is watched until its renewals go on, or have stood still for a lease. No
 * two clocks are compared: what counts is what changes while one looks.
 * @throws OperatorError where the document is not a lock, and what the vault throws
 */
export async function watchLock(vault: Vault, options: WatchOptions = {}): Promise<LockState> {
  const { probe = localProbe, leaseMs = LEASE_MS, lookMs = 2_000, onWatch, signal } = options;
  let watched: { readonly id: string; readonly etag: string; readonly since: number } | undefined;
  for (;;) {
    const present = await vault.readDocument(VaultPath.operationLock);
    if (present === undefined) return { kind: 'free' };
    const { etag } = present;
    const owner = parseLockOwner(present.content, VaultPath.operationLock);
    const fate = ownerFate(owner, probe);
    if (fate === 'alive') return { kind: 'held', owner };
    if (fate === 'dead') return { kind: 'dead', owner, etag };
    const now = performance.now();
    if (watched?.id !== owner.id) {
      watched = { id: owner.id, etag, since: now };
      onWatch?.(owner);
    } else if (watched.etag !== etag) return { kind: 'held', owner };
    if (now - watched.since >= leaseMs) return { kind: 'dead', owner, etag };
    await pause(Math.min(lookMs, leaseMs), undefined, signal === undefined ? {} : { signal });
  }
}
