import type { BedHandle } from '../bed/bed.ts';
import type { Msr } from '../bed/msr.ts';
import type { LiveProducer } from './live-producer.ts';

/** Where a disaster strikes. */
export interface Place {
  readonly bed: BedHandle;
  readonly msr: Msr;
  readonly producer: LiveProducer;
  /** The same topics in the other zone; there in a drill of that one alone. */
  readonly peer: Msr | undefined;
}

/** What a disaster did, and what has to come of it. */
export interface Struck {
  /** For people. */
  readonly said: string;
  /** What on-call says beyond `msr recover`. */
  readonly flags: readonly string[];
  /** The procedure that the recovery has to be. */
  readonly procedure: string;
  /** The recovery's own verdict, as it has to be. */
  readonly verdict: string;
  /** Whether maintenance drops what is older than the range: it does where a database is restored. */
  readonly maintained: boolean;
  /** Numbers of acknowledged events that must be in no table afterwards, but set aside. */
  readonly leftOut: readonly number[];
  /**
   * Numbers that the database holds no more after the undo: what the disaster had taken out of it.
   * undefined: there is nothing to go back to, and the undo has to say so.
   */
  readonly missingAfterUndo: readonly number[] | undefined;
  /** The verdict that the undo has to end with: a database that was damaged is damaged again. */
  readonly undoVerdict: string;
  /** What else must be so, by plain SQL; answers what is not. @default nothing */
  readonly faults?: (when: 'recovered' | 'undone', lastNumber: number) => Promise<string[]>;
}

/** The usual: the standard recovery brings everything back, and nothing is left to go back to. */
export const EVERYTHING_BACK = {
  flags: [],
  procedure: 'standard',
  verdict: 'recovered',
  maintained: true,
  leftOut: [],
  missingAfterUndo: undefined,
  undoVerdict: 'recovered',
} as const satisfies Omit<Struck, 'said'>;
