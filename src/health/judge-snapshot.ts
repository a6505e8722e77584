import { type Judgement, ok, page, ticket, unknown } from './judgement.ts';
import type { DatabaseHealth } from './look-at-database.ts';

/** The playbook's limit: maintenance runs once a day. */
const TICKET_HOURS = 25;
/** Two nights without. */
const PAGE_HOURS = 49;

const HINT =
  "see the log of MSR's API (its cleanup service runs it at night), and whether a session holds a lock on msr";

/** How old the live snapshot is, by the database's own clock. Pure. */
export function judgeSnapshot({ pointer, where }: Pick<DatabaseHealth, 'pointer' | 'where'>): Judgement {
  if (pointer === undefined) return unknown(`msr.snapshot_pointer of ${where} has no row`);
  if (pointer.ageSeconds === null || pointer.lastRefresh === null) {
    return ticket({
      evidence: ['refresh_earliest_snapshot() has never run here'],
      threshold: TICKET_HOURS,
      hint: "see whether MSR's cleanup service is enabled (CLEANUP_SERVICE_ENABLED)",
    });
  }
  // A pointer of the future is one of a clock that was set back: as fresh as can be.
  const hours = Math.max(0, pointer.ageSeconds / 3600);
  const fact = `snapshot ${pointer.currentSnapshot} was refreshed ${hours.toFixed(1)} h ago, at ${pointer.lastRefresh.toISOString()}`;
  const measured = { value: hours, values: { SnapshotAgeHours: hours } };
  if (hours < TICKET_HOURS) return ok(fact, { ...measured, threshold: TICKET_HOURS });
  if (hours < PAGE_HOURS)
    return ticket({ evidence: [fact], ...measured, threshold: TICKET_HOURS, hint: HINT });
  return page({ evidence: [fact], ...measured, threshold: PAGE_HOURS, hint: HINT });
}
