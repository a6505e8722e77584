/** What is asked of the database before maintenance; moments in microseconds since the epoch. */
export interface GuardFacts {
  /** msr.refresh_earliest_snapshot() is there. */
  readonly hasMaintenance: boolean;
  /** MAX_PLAYBACK_RANGE as it is configured. */
  readonly playbackRange: string | undefined;
  /** As the approved plan has it; undefined: there is no plan that says it. */
  readonly announcedRange?: string | null | undefined;
  /** now − MAX_PLAYBACK_RANGE: up to there maintenance drops events. */
  readonly cutoff: bigint | undefined;
  /** snapshot_pointer.cutoff_time: for which moment the snapshot was built; undefined: never. */
  readonly snapshotCutoff: bigint | undefined;
  /** The aggregate holds a day that ends at the cutoff or before it. */
  readonly aggregateReachesCutoff: boolean;
}

/**
 * Why maintenance must not run; undefined where it may. Without a day of the aggregate at or before
 * the cutoff msr.refresh_earliest_snapshot() copies the old snapshot, exits 0, and drops the events
 * all the same. Refused, nothing is lost: the baseline's snapshot stays right for its own moment,
 * and every event since stays.
 */
export function refusal(facts: GuardFacts): string | undefined {
  if (!facts.hasMaintenance) return 'the database has no function msr.refresh_earliest_snapshot()';
  if (facts.cutoff === undefined) {
    return `MAX_PLAYBACK_RANGE is ${facts.playbackRange ?? 'not configured'}, not a number of days`;
  }
  if (facts.announcedRange !== undefined && facts.announcedRange !== facts.playbackRange) {
    return `MAX_PLAYBACK_RANGE is ${facts.playbackRange} now, and was ${facts.announcedRange ?? 'not set'} in the approved plan`;
  }
  if (facts.snapshotCutoff !== undefined && facts.snapshotCutoff > facts.cutoff) {
    return (
      `the snapshot is of ${iso(facts.snapshotCutoff)}, later than ${iso(facts.cutoff)}, ` +
      'for which maintenance would build it: the events between are gone'
    );
  }
  if (!facts.aggregateReachesCutoff) {
    return (
      `entity_last_states holds no day up to ${iso(facts.cutoff)}: ` +
      'maintenance would build a wrong snapshot and drop the events'
    );
  }
  return undefined;
}

/** ISO 8601, to the millisecond. */
export function iso(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString();
}

/** A whole number of days above 0; undefined for anything else. */
export function playbackDays(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9]\d{0,4}$/.test(value.trim()) ? Number(value) : undefined;
}
