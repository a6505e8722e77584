import { indexOffsets, type Offsets } from '../core/offsets.ts';
import type { FreezeRecord, SinkFound } from './freeze-record.ts';

/**
 * Whether a correction was overtaken: since it was written the sink has committed, or somebody has set its
 * offsets. What it would write again, or pass over, nobody knows then. A partition that stands at the
 * correction itself was set by it. No clock is asked. Pure.
 * @param now the committed offsets
 */
export function isOvertaken(
  { offsets, committed }: NonNullable<FreezeRecord['correction']>,
  now: Offsets,
): boolean {
  if (committed === undefined) return false;
  const [then, wanted, present] = [indexOffsets(committed), indexOffsets(offsets), indexOffsets(now)];
  const partitions = new Set([...then.keys(), ...present.keys()]);
  return [...partitions].some((key) => {
    const at = present.get(key);
    return at !== then.get(key) && at !== wanted.get(key);
  });
}

/**
 * Whether somebody has moved the sink since it was frozen, so that the record's `found` is no longer what it
 * should be: a freeze leaves it STOPPED. A state that a STOP has not reached yet is none of somebody's. Pure.
 * @param now undefined: it is between two states
 */
export function movedSince(found: SinkFound, now: SinkFound | undefined): boolean {
  return (found === 'RUNNING' && now === 'PAUSED') || (found === 'PAUSED' && now === 'RUNNING');
}
