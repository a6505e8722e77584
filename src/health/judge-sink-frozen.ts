import { duration } from '../core/activity.ts';
import type { FreezeRecord } from '../freeze/freeze-record.ts';
import { describeOwner, type LockOwner } from '../vault/lock-owner.ts';
import type { HealthRecord } from './health-record.ts';
import { type JudgeContext, type Judgement, ok, page } from './judgement.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A backup's pause is seconds; a cutover's last catch-up and proof may be minutes. */
const MOST_FROZEN_MS: Readonly<Record<FreezeRecord['purpose'], number>> = {
  backup: 10 * MINUTE_MS,
  cutover: HOUR_MS,
  undo: HOUR_MS,
  repair: HOUR_MS,
};

const MOST_LOCKED_MS: Readonly<Record<LockOwner['purpose'], number>> = {
  backup: 24 * HOUR_MS,
  recover: 48 * HOUR_MS,
  undo: 12 * HOUR_MS,
  cleanup: 6 * HOUR_MS,
  prune: 6 * HOUR_MS,
  reset: 10 * MINUTE_MS,
  configuration: 10 * MINUTE_MS,
  retry: 6 * HOUR_MS,
};
/** A living owner renews its lock every few seconds; a vault that is away for minutes is forgiven. */
const SILENT_MS = 10 * MINUTE_MS;

export interface FrozenScene {
  readonly freeze: FreezeRecord | undefined;
  readonly lock: LockOwner | undefined;
}

/** Whether something holds the sink, or all operations, for longer than it may. Pure. */
export function judgeSinkFrozen({ freeze, lock }: FrozenScene, ctx: JudgeContext): Judgement {
  const now = ctx.now.getTime();
  if (freeze !== undefined) {
    const held = Math.max(0, now - Date.parse(freeze.startedAt));
    const most = MOST_FROZEN_MS[freeze.purpose];
    const fact = `${freeze.connector} is held still by the ${freeze.purpose} ${freeze.owner} for ${duration(held)}`;
    const measured = { value: Math.round(held / 1000), threshold: most / 1000 };
    if (held <= most) return ok(fact, measured);
    const hint =
      'the janitor, the guardian and the next command of msr let it run again: see why none of them did (`msr doctor`), then run `msr backup` or `msr recover --dry-run`';
    return page({ evidence: [`${fact}; it may be ${duration(most)}`], ...measured, hint });
  }
  if (lock === undefined) return ok('nothing holds the sink, and no operation runs');
  return judgeLock(lock, ctx);
}

function judgeLock(lock: LockOwner, { now, previous }: JudgeContext): Judgement {
  const held = Math.max(0, now.getTime() - Date.parse(lock.acquiredAt));
  const most = MOST_LOCKED_MS[lock.purpose];
  const fact = `an operation holds the lock for ${duration(held)}: ${describeOwner(lock)}`;
  const measured = { value: Math.round(held / 1000), threshold: most / 1000 };
  const hint =
    'see whether it still works (`msr recoveries list`, the execution); end it, and its lock is free';
  if (held > most) return page({ evidence: [`${fact}; it may take ${duration(most)}`], ...measured, hint });
  const before = previous?.lock;
  const silent =
    before?.id === lock.id && before.renewals === lock.renewals
      ? now.getTime() - Date.parse(before.seenSince)
      : 0;
  if (silent >= SILENT_MS) {
    return page({
      evidence: [`${fact}; its owner has not been heard of for ${duration(silent)}`],
      ...measured,
      hint,
    });
  }
  return ok(fact, measured);
}

/** What the record keeps of a lock: since when its owner has been silent. Pure. */
export function lockRecord(
  lock: LockOwner | undefined,
  { previous, now }: JudgeContext,
): HealthRecord['lock'] {
  if (lock === undefined) return undefined;
  const { id, renewals } = lock;
  const before = previous?.lock;
  const same = before?.id === id && before.renewals === renewals;
  return { id, renewals, seenSince: same ? before.seenSince : now.toISOString() };
}
