import { causeMessage } from '../clients/task-failure.ts';
import type { Progress } from '../core/progress.ts';
import type { ExecutionEnd } from './run-definition.ts';

/** What an operator is told when a state begins; the others decide in no time and say nothing. */
const NOTES: Readonly<Record<string, string>> = {
  Assess: 'looking at what is left, and at what the backup and Kafka hold',
  Compare:
    'comparing all events of the live database with the backup and with Kafka: this may take as long as the backup took to count them, and as reading Kafka since takes',
  AssessCompared: 'looking again, with what the comparison found',
  AcquireLock: 'taking the lock of all operations',
  Reassess: 'looking again, under the lock: has the world changed since the plan?',
  Prepare: 'what a restore begins with: the pipeline, or a dump of another zone',
  Restore: 'step 1 of 3: restore the backup beside the live database',
  Replay: 'step 2 of 3: replay what Kafka holds since, and prove it',
  CutOver: 'step 3 of 3: cut over',
  Repair: 'mending what is live, where it is',
  Undo: 'moving the live name',
  RollBack: 'the step failed: whatever it began is rolled back, or carried on where there is no way back',
  PauseBeforeAgain: 'a moment before it is tried again',
  PauseBeforeForward: 'a moment before it goes on',
  Report: 'writing the report',
  ReportFailure: 'writing the report',
};

/** @internal for the test that each of them is a state of the definition */
export const NOTED_STATES = Object.keys(NOTES);

/** @returns undefined for a state that nobody needs to hear of */
export function stateNote(state: string): string | undefined {
  return Object.hasOwn(NOTES, state) ? NOTES[state] : undefined;
}

/**
 * Tells the states of an execution as they begin, and each failure once: when something of note follows it,
 * or at the end. What ended the execution is told by whoever gives the answer.
 */
export class StateTeller {
  readonly #progress: Pick<Progress, 'note'>;
  #failure: { readonly note: string; readonly message: string } | undefined;

  constructor(progress: Pick<Progress, 'note'>) {
    this.#progress = progress;
  }

  entered(state: string): void {
    const note = stateNote(state);
    if (note === undefined) return;
    this.#tellFailure();
    this.#progress.note(note);
  }

  failed(state: string, error: string, cause: string): void {
    this.#tellFailure();
    const message = causeMessage(cause);
    this.#failure = { note: `${state} failed with ${error}: ${message}`, message };
  }

  ended(end: ExecutionEnd): void {
    const isTheEnd = end.kind === 'failed' && causeMessage(end.cause) === this.#failure?.message;
    if (!isTheEnd) this.#tellFailure();
  }

  #tellFailure(): void {
    if (this.#failure !== undefined) this.#progress.note(this.#failure.note);
    this.#failure = undefined;
  }
}
