import { z } from 'zod';
import type { LockOwner } from '../vault/lock-owner.ts';

/** Pages that are held back: why, and until when at the longest. */
export const quietSchema = z.object({ why: z.string(), until: z.iso.datetime() });
export type Quiet = z.infer<typeof quietSchema>;

/** What somebody announced. */
export const maintenanceSchema = z.object({
  version: z.literal(1),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  why: z.string().min(1),
});
export type Maintenance = z.infer<typeof maintenanceSchema>;

/** Nothing keeps pages back for longer, whoever says so: what has died may have left its word behind. */
export const LONGEST_QUIET_HOURS = 8;
const LONGEST_QUIET_MS = LONGEST_QUIET_HOURS * 3_600_000;

/**
 * Whether a recovery that was approved, or an announced maintenance, keeps some pages back. A backup does
 * not: what it does to the sink is over before a page is due. Pure.
 * @param seen what the vault holds; undefined: nothing
 */
export function quietNow(
  seen: { readonly lock: LockOwner | undefined; readonly maintenance: Maintenance | undefined },
  now: Date,
): Quiet | null {
  const { lock, maintenance } = seen;
  const announced = maintenance && bounded(maintenance.from, maintenance.until);
  const recovering = lock !== undefined && RECOVERING.has(lock.purpose) && bounded(lock.acquiredAt);
  const all = [
    ...(announced ? [{ ...announced, why: `announced maintenance: ${maintenance.why}` }] : []),
    ...(recovering ? [{ ...recovering, why: `a recovery is under way (${lock.purpose})` }] : []),
  ];
  const current = all.find(({ from, until }) => from <= now.getTime() && now.getTime() < until);
  return current === undefined ? null : { why: current.why, until: new Date(current.until).toISOString() };
}

/** They hold the lock from their approval on. */
const RECOVERING: ReadonlySet<LockOwner['purpose']> = new Set(['recover', 'undo']);

function bounded(from: string, until?: string): { from: number; until: number } {
  const [start, longest] = [Date.parse(from), Date.parse(from) + LONGEST_QUIET_MS];
  return { from: start, until: until === undefined ? longest : Math.min(longest, Date.parse(until)) };
}
