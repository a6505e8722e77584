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
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    let failure: { readonly error: unknown } | undefined;
    // The first one is at work while the others open.
    const lanes = this.#lanes(tasks.length);
    const running = tasks.map(async (task, index) => {
      try {
        const lane = await lanes[index];
        if (lane === undefined) throw new RangeError(`there is no lane for task ${index}`);
        return [await lane.run(task, either, report)];
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

  /** So many lanes, of which some may still be opening. One that opens too late for its task is kept, too. */
  #lanes(count: number): readonly Promise<Lane>[] {
    const there = this.#open.map((lane) => Promise.resolve(lane));
    const opening = Array.from({ length: Math.max(0, count - there.length) }, async () => {
      const lane = await this.#openAnother();
      this.#open.push(lane);
      return lane;
    });
    return [...there, ...opening];
  }

  /** Ends every lane. */
  async close(): Promise<void> {
    for (const lane of this.#open.splice(0)) await lane.close();
  }
}
