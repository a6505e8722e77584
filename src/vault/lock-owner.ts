import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import { type ProcessProbe, processFate } from '../core/process-identity.ts';

/** What a lock is held for: one of them at a time, in all of an MSR instance. */
const LOCK_PURPOSES = ['backup', 'recover', 'undo', 'cleanup', 'prune'] as const;
export type LockPurpose = (typeof LOCK_PURPOSES)[number];

const common = {
  /** Whoever knows it can check that the lock still stands: the tasks of a recovery are told it. */
  id: z.string(),
  purpose: z.enum(LOCK_PURPOSES),
  acquiredAt: z.iso.datetime(),
  renewedAt: z.iso.datetime(),
};

const processOwner = z.object({
  kind: z.literal('process'),
  host: z.string(),
  machine: z.string(),
  pid: z.int().positive(),
  processStart: z.string(),
  ...common,
});

/** A Step Functions execution: seen to be alive by its renewals. */
const executionOwner = z.object({ kind: z.literal('execution'), arn: z.string(), ...common });

const ownerSchema = z.discriminatedUnion('kind', [processOwner, executionOwner]);
export type LockOwner = z.infer<typeof ownerSchema>;
export type ProcessLockOwner = z.infer<typeof processOwner>;

/**
 * How long an owner that cannot be looked at may stay silent. Renewals come every tenth of it, so a slow disk or
 * a clock that is a minute off does not make a living owner look dead.
 */
export const LEASE_MS = 5 * 60_000;
/** Between two renewals. */
export const RENEWAL_MS = LEASE_MS / 10;

export type LockVerdict =
  | { readonly held: true; readonly because: 'its process runs' | 'it was renewed' }
  | { readonly held: false; readonly because: 'its process has ended' | 'it was not renewed' };

/**
 * Whether a lock's owner lives. A process that can be looked at is believed whatever its renewals say: a suspended
 * or busy owner is not dead, and one killed a second ago is.
 * @param now in milliseconds since the epoch, of the one who asks
 */
export function lockVerdict(owner: LockOwner, now: number, probe: ProcessProbe): LockVerdict {
  const fate = owner.kind === 'process' ? processFate(owner, probe) : 'unknown';
  if (fate === 'alive') return { held: true, because: 'its process runs' };
  if (fate === 'dead') return { held: false, because: 'its process has ended' };
  return now - Date.parse(owner.renewedAt) <= LEASE_MS
    ? { held: true, because: 'it was renewed' }
    : { held: false, because: 'it was not renewed' };
}

/** @throws OperatorError where the document is not a lock: nobody may take it for 'not locked' */
export function parseLockOwner(content: string, path: string): LockOwner {
  try {
    return ownerSchema.parse(JSON.parse(content));
  } catch (cause) {
    throw new OperatorError(`${path} in the vault is not a lock that this msr can read`, {
      hint: 'make sure that no backup and no recovery runs, then delete the file',
      cause,
    });
  }
}

/** `recover, since 2026-11-23T04:15:00Z, by process 4711 on dbhost` */
export function describeOwner(owner: LockOwner): string {
  const who =
    owner.kind === 'process' ? `process ${owner.pid} on ${owner.host}` : `the execution ${owner.arn}`;
  return `${owner.purpose}, since ${owner.acquiredAt}, by ${who}`;
}
