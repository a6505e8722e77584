import type { Offsets } from '../core/offsets.ts';
import type { LiveDatabase } from '../live/live-database.ts';
import type { FreezeRecord, SinkFound } from './freeze-record.ts';

/** What is to be done with a sink that may have been stopped. */
export type ResumeDecision =
  /** STOP, set and read back these offsets, say so where they came from, then run. */
  | { readonly kind: 'set-marker'; readonly recoveryId: string }
  | { readonly kind: 'set-correction'; readonly offsets: Offsets }
  /** Its own committed offsets are right. */
  | {
      readonly kind: 'as-is';
      readonly target: SinkFound;
      /** false: it failed before, or its database is not there; it is resumed, and may fail again. */
      readonly mustRun: boolean;
      readonly why: string;
    }
  /** Nothing can be decided yet, and a sink that stands still loses nothing. */
  | { readonly kind: 'wait'; readonly why: string };

/**
 * THE rule: which offsets belong to the database that holds the live name. It looks at what is there, not at
 * how far whoever crashed had come, so anyone can apply it at any time, again and again.
 *
 * A live database that cannot be read does not stop the sink from running, as long as this freeze has not
 * begun a cutover: then the live name is held by the database that the sink's committed offsets belong to, or
 * by none; its tasks fail as they did before, and a failed task commits nothing. Once a cutover has begun,
 * the name may have moved to a database with other offsets: then whoever cannot read the marker must wait
 * until it can. The sink could write nothing in that time anyway.
 */
export function decideResume(record: FreezeRecord, live: LiveDatabase): ResumeDecision {
  const { cutover, correction, found } = record;
  if (live.kind === 'readable' && live.marker?.state === 'pending') {
    return { kind: 'set-marker', recoveryId: live.marker.recoveryId };
  }
  if (live.kind === 'readable' && isCutOverTo(live, cutover)) {
    const why = 'the database cut over to has its offsets already';
    return { kind: 'as-is', target: 'RUNNING', mustRun: true, why };
  }
  if (live.kind === 'unreadable' && cutover !== undefined) {
    return { kind: 'wait', why: `a cutover had begun and the live database cannot be read: ${live.reason}` };
  }
  if (correction !== undefined && correction.setAt === undefined) {
    return { kind: 'set-correction', offsets: correction.offsets };
  }
  const mustRun = found === 'RUNNING' && live.kind === 'readable';
  return { kind: 'as-is', target: found, mustRun, why: whyAsIs(live) };
}

function isCutOverTo(
  live: Extract<LiveDatabase, { kind: 'readable' }>,
  cutover: FreezeRecord['cutover'],
): boolean {
  if (live.oid !== cutover?.databaseOid) return false;
  return cutover.databaseServer === undefined || cutover.databaseServer === live.server;
}

function whyAsIs(live: LiveDatabase): string {
  if (live.kind === 'absent') return 'no database holds the live name, and none was cut over';
  if (live.kind === 'unreadable') return `nothing was cut over; the live database says: ${live.reason}`;
  return 'the live database has its offsets already';
}

/** For people: `<connector> …`. */
export function describeDecision(decision: ResumeDecision): string {
  switch (decision.kind) {
    case 'set-marker':
      return `is set to the offsets of the live database (recovery ${decision.recoveryId}), then resumed`;
    case 'set-correction':
      return 'is set to what the database holds, which its offsets did not say, then resumed';
    case 'wait':
      return `stays stopped: ${decision.why}`;
    case 'as-is':
      return decision.target === 'RUNNING' || decision.target === 'FAILED'
        ? `is resumed where it stood: ${decision.why}`
        : `stays ${decision.target}, as it was found: ${decision.why}`;
  }
}
