import type { Lane, LaneTask } from './lane.ts';
import type { ReplaySummary } from './summary.ts';

/** The lanes of a replayer: the first is there, the others come when there is work for them. */
export class Lanes {
  readonly most: number;
  readonly #open: Lane[];
  readonly #openAnother: () => Promise<Lane>;

  /** @param most lanes at a time, 1 or more */
  constructor(first: Lane, most: number, openAnother: () => Promise<Lane>) {
    this.most = most;
    this.#open = [first];
    this.#openAnother = openAnother;
  }

  /**
   * One task for each lane, side by side; returns when all are over, however they end.
   * @throws what the first one failed of: the others are then stopped at their next batch
   */
  async run(
    tasks: readonly LaneTask[],
    signal: AbortSignal,
    report: (moved: number) => void,
  ): Promise<ReplaySummary[]> {
    await this.#openFor(tasks.length);
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    let failure: { readonly error: unknown } | undefined;
    const running = this.#open.slice(0, tasks.length).map(async (lane, index) => {
      const task = tasks[index];
      try {
        return task === undefined ? [] : [await lane.run(task, either, report)];
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
        return [];
      }
    });
    const summaries = (await Promise.all(running)).flat();
    if (failure === undefined) return summaries;
    // A lane tells in its own words that it was stopped.
    signal.throwIfAborted();
    throw failure.error;
  }

  async #openFor(count: number): Promise<void> {
    const opening = Array.from({ length: Math.max(0, count - this.#open.length) }, () => this.#openAnother());
    for (const opened of await Promise.allSettled(opening)) {
      if (opened.status === 'fulfilled') this.#open.push(opened.value);
    }
    // What failed to open says so here.
    await Promise.all(opening);
  }

  /** Ends every lane. */
  async close(): Promise<void> {
    for (const lane of this.#open.splice(0)) await lane.close();
  }
}
