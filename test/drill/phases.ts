import type { Acknowledged } from './live-producer.ts';

/** A stretch of the drill in which the platform must have gone on changing. */
export interface Phase {
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

export interface PhaseCount {
  readonly name: string;
  readonly acknowledged: number;
}

/** A drill with fewer events in a phase proves little about it. */
const MIN_EVENTS_PER_PHASE = 200;

/** How many events the broker acknowledged in each phase, bounds included. */
export function countPhases(phases: readonly Phase[], acknowledged: readonly Acknowledged[]): PhaseCount[] {
  return phases.map(({ name, from, to }) => ({
    name,
    acknowledged: acknowledged
      .filter(({ at }) => at >= from && at <= to)
      .reduce((sum, { events }) => sum + events, 0),
  }));
}

/** The phases that prove too little. */
export function thinPhases(counts: readonly PhaseCount[]): PhaseCount[] {
  return counts.filter(({ acknowledged }) => acknowledged < MIN_EVENTS_PER_PHASE);
}
