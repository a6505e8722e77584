import { randomUUID } from 'node:crypto';
import { OperatorError } from '../core/operator-error.ts';
import { localProbe, type ProcessProbe, processIdentity } from '../core/process-identity.ts';
import {
  describeOwner,
  type LockOwner,
  type LockPurpose,
  ownerFate,
  parseLockOwner,
  RENEWAL_MS,
} from './lock-owner.ts';
import { type WatchOptions, watchLock } from './lock-watch.ts';
import { type Vault, VaultPath } from './vault.ts';

/** Another backup, recovery, undo or cleanup runs. */
export class LockHeldError extends OperatorError {
  override readonly name = 'LockHeldError';
  readonly owner: LockOwner;

  constructor(owner: LockOwner) {
    super(`another operation holds the lock: ${describeOwner(owner)}`, {
      hint:
        owner.kind === 'process'
          ? `wait until it ends, or end process ${owner.pid} on ${owner.host}: its lock is then free`
          : 'wait until it ends, or stop the execution: its lock is then free',
    });
    this.owner = owner;
  }
}

/** The lock that this operation held is no longer its own: nothing irreversible may follow. */
export class LockLostError extends OperatorError {
  override readonly name = 'LockLostError';

  constructor(id: string, present: LockOwner | undefined) {
    super(
      present === undefined
        ? `the lock ${id} is gone`
        : present.id === id
          ? `the owner of the lock ${id} (${describeOwner(present)}) has ended`
          : `the lock ${id} was taken over: ${describeOwner(present)}`,
      {
        hint: 'nothing irreversible was done after that; run the command again once the other one has ended',
      },
    );
  }
}

/** The lock of the one operation that runs; release it whatever happened. */
export interface HeldLock {
  readonly id: string;
  /** Aborted when a renewal finds that somebody else took the lock over. */
  readonly lost: AbortSignal;
  /** Call it before each irreversible step. @throws LockLostError */
  assertHeld(): Promise<void>;
  /** Benign where the lock is lost already. */
  release(): Promise<void>;
}

export interface AcquireOptions extends WatchOptions {
  readonly purpose: LockPurpose;
  /** The process that the lock lives and dies with. @default this process */
  readonly pid?: number;
  /**
   * The Step Functions execution that the lock belongs to, instead of a process. Nothing renews it in the
   * background: its tasks do, by `renewLock` with each heartbeat.
   */
  readonly executionArn?: string;
  /** Milliseconds between renewals. @default RENEWAL_MS */
  readonly renewalMs?: number;
}

/**
 * Takes the lock of all operations (backup, recover, undo, cleanup), a dead owner's too, and renews it in the
 * background until it is released. The renewals alone do not keep the process running. An owner that cannot
 * be seen from here is watched first, for as long as a lease.
 * @throws LockHeldError while its owner lives
 */
export async function acquireLock(vault: Vault, options: AcquireOptions): Promise<HeldLock> {
  const probe = options.probe ?? localProbe;
  const owner = newOwner(options);
  for (;;) {
    const present = await watchLock(vault, options);
    if (present.kind === 'held') throw new LockHeldError(present.owner);
    const condition = present.kind === 'free' ? { ifAbsent: true as const } : { ifMatch: present.etag };
    const etag = await vault.writeDocument(VaultPath.operationLock, text(owner), condition);
    // Where the condition failed, another process was quicker: look again who.
    if (etag !== undefined) break;
  }
  return heldLock(vault, owner, { probe, renewalMs: options.renewalMs ?? RENEWAL_MS });
}

/**
 * Runs `body` under the lock and releases it in every case.
 * @throws as acquireLock, and what `body` throws
 */
export async function withLock<T>(
  vault: Vault,
  options: AcquireOptions,
  body: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(vault, options);
  try {
    return await body(lock);
  } finally {
    await lock.release();
  }
}

/**
 * Checks the lock for a process that works under one which its starter holds. It renews the lock, which
 * proves that it is held now, and begins anew the time for which anybody who watches it has to wait.
 * @throws LockLostError where the lock is gone, taken over, or its owner has ended: then
 *   anyone may take it over
 */
export async function assertLockHeld(vault: Vault, id: string, probe = localProbe): Promise<void> {
  const owner = await currentOwner(vault);
  const stands = owner?.id === id && ownerFate(owner, probe) !== 'dead';
  if (stands && (await renewLock(vault, id))) return;
  throw new LockLostError(id, stands ? await currentOwner(vault) : owner);
}

/**
 * Shows that the owner lives. Whoever works under the lock may do it.
 * @returns false where the lock is gone or another's
 */
export async function renewLock(vault: Vault, id: string): Promise<boolean> {
  return await changeOwn(vault, id, (owner, ifMatch) =>
    vault.writeDocument(
      VaultPath.operationLock,
      text({ ...owner, renewedAt: new Date().toISOString(), renewals: owner.renewals + 1 }),
      ifMatch,
    ),
  );
}

/** Lets go of the lock of that id; benign where it is gone or another's. */
export async function releaseLock(vault: Vault, id: string): Promise<void> {
  await changeOwn(vault, id, (_, ifMatch) => vault.deleteDocument(VaultPath.operationLock, ifMatch));
}

type Change = (owner: LockOwner, ifMatch: { ifMatch: string }) => Promise<unknown>;

/** The last change of each lock that this process has under way, by the lock's id. */
const underWay = new Map<string, Promise<unknown>>();

/**
 * One change of a lock after another in this process: some S3 servers look at a condition first and store
 * later, and a renewal that was overtaken by the release would bring the lock back.
 */
async function changeOwn(vault: Vault, id: string, change: Change): Promise<boolean> {
  const before = underWay.get(id);
  const own = (before ?? Promise.resolve()).catch(() => {}).then(() => changeAtLast(vault, id, change));
  underWay.set(id, own);
  try {
    return await own;
  } finally {
    if (underWay.get(id) === own) underWay.delete(id);
  }
}

/**
 * Tries until it has changed the version that it looked at: another process's renewal may come in between.
 */
async function changeAtLast(vault: Vault, id: string, change: Change): Promise<boolean> {
  for (;;) {
    const present = await vault.readDocument(VaultPath.operationLock);
    if (present === undefined) return false;
    const owner = parseLockOwner(present.content, VaultPath.operationLock);
    if (owner.id !== id) return false;
    const changed = await change(owner, { ifMatch: present.etag });
    if (changed !== undefined && changed !== false) return true;
  }
}

/** Who holds the lock, alive or not; undefined where nobody does. */
export async function currentOwner(vault: Vault): Promise<LockOwner | undefined> {
  const present = await vault.readDocument(VaultPath.operationLock);
  return present === undefined ? undefined : parseLockOwner(present.content, VaultPath.operationLock);
}

function newOwner({ purpose, pid, executionArn }: AcquireOptions): LockOwner {
  const now = new Date().toISOString();
  const common = { id: randomUUID(), purpose, acquiredAt: now, renewedAt: now, renewals: 0 };
  return executionArn === undefined
    ? { kind: 'process', ...processIdentity(pid), ...common }
    : { kind: 'execution', arn: executionArn, ...common };
}

function heldLock(
  vault: Vault,
  { id, kind }: LockOwner,
  { probe, renewalMs }: { readonly probe: ProcessProbe; readonly renewalMs: number },
): HeldLock {
  const lost = new AbortController();
  let released = false;
  const renew = async () => {
    // A vault that fails for a moment is not a lost lock: the next renewal, or assertHeld, finds out.
    const held = await renewLock(vault, id).catch(() => true);
    if (held || released || lost.signal.aborted) return;
    clearInterval(timer);
    lost.abort(new LockLostError(id, undefined));
  };
  const timer = kind === 'process' ? setInterval(renew, renewalMs).unref() : undefined;
  return {
    id,
    lost: lost.signal,
    assertHeld: () => assertLockHeld(vault, id, probe),
    release: async () => {
      released = true;
      clearInterval(timer);
      await releaseLock(vault, id);
    },
  };
}

function text(owner: LockOwner): string {
  return JSON.stringify(owner, null, 2);
}
