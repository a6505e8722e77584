import type { RecoveryContext } from '../context.ts';

/** The Apache edition has no continuous aggregate. */
export const NOT_IN_THIS_EDITION = 'not run in this edition';

export interface MaintenanceReport {
  readonly ran: boolean;
  /** Why it did not run; only where `ran` is false. */
  readonly why?: string;
  /** Events in chunks that lie wholly before the cutoff. */
  readonly predictedDropped: number;
  readonly dropped: number;
  /** The oldest replayable moment afterwards, ISO 8601. */
  readonly cutoff?: string;
}

export interface AggregateReport {
  /** The window, ISO 8601; absent where there was no whole bucket to refresh. */
  readonly start?: string;
  readonly end?: string;
  readonly seconds: number;
}

export interface RebuildReport {
  readonly maintenance: MaintenanceReport;
  readonly aggregate: AggregateReport | typeof NOT_IN_THIS_EDITION;
  /** An earlier run of this recovery had done it. */
  readonly skipped: boolean;
}

export interface RebuildOptions {
  /** URL of the new database, as a superuser. */
  readonly targetUrl: string;
}

/**
 * After the proof of round 1: bounded refresh of the aggregate, guard, maintenance with what it drops predicted
 * and checked, jobs unscheduled again, round 2 with its base digests, phase `rebuilt`. Idempotent.
 */
export async function rebuildDerived(
  _ctx: RecoveryContext,
  _options: RebuildOptions,
): Promise<RebuildReport> {
  throw new Error('not built yet');
}

/** The last refresh, while the sink stands still: only what the last rounds of replay invalidated is computed. */
export async function smallRefresh(
  _ctx: Pick<RecoveryContext, 'progress'>,
  _options: RebuildOptions,
): Promise<RebuildReport['aggregate']> {
  throw new Error('not built yet');
}
