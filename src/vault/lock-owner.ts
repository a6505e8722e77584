import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import { type ProcessProbe, processFate } from '../core/process-identity.ts';

/** What a lock is held for: one of them at a time, in all of an MSR instance. */
const LOCK_PURPOSES = [
  'backup',
  'recover',
  'undo',
  'cleanup',
  'prune',
  'reset',
  'configuration',
  'retry',
] as const;
export type LockPurpose = (typeof LOCK_PURPOSES)[number];

const common = {
  /** Whoever knows it can check that the lock still stands: the tasks of a recovery are told it. */
  id: z.string(),
  purpose: z.enum(LOCK_PURPOSES),
  acquiredAt: z.iso.datetime(),
  /** For people: whether the owner lives is told by `renewals`, which changes while one looks. */
  renewedAt: z.iso.datetime(),
  renewals: z.int().nonnegative().default(0),
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

/**
 * How long an owner that cannot be looked at is watched, by the watcher's own clock,
 * before it is taken for dead.
 */
export const LEASE_MS = 5 * 60_000;
/**
 * Between two renewals: a slow disk, or a vault that is away for minutes, does not make
 * a living owner look dead.
 */
export const RENEWAL_MS = 10_000;

/** Whether a lock's owner lives; 'unknown' where only its renewals can tell. */
export function ownerFate(owner: LockOwner, probe: ProcessProbe): 'alive' | 'dead' | 'unknown' {
  return owner.kind === 'process' ? processFate(owner, probe) : 'unknown';
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
