import type { Session } from '../../clients/postgres.ts';
import type { Batch } from './batch.ts';
import { type BatchPlace, writeBatch } from './batch-writer.ts';
import { addSummaries, emptySummary, type ReplaySummary } from './summary.ts';

/** Writes one batch at a time, in order, while the caller goes on with the next. */
export class PipelinedWriter {
  readonly #session: Session;
  readonly #place: BatchPlace;
  readonly #report: (moved: number) => void;
  #underWay: Promise<void> = Promise.resolve();
  #summary = emptySummary();

  /** @param report called after each commit with the offsets that it moved, over all partitions */
  constructor(session: Session, place: BatchPlace, report: (moved: number) => void) {
    this.#session = session;
    this.#place = place;
    this.#report = report;
  }

  /** What has been committed; whole once `finish` has returned. */
  get summary(): ReplaySummary {
    return this.#summary;
  }

  /** Returns when the batch before this one is committed. @throws what that one failed of */
  async write(batch: Batch): Promise<void> {
    await this.#underWay;
    if (batch.isEmpty) return;
    this.#underWay = this.#commit(batch);
    // The next call, or finish, tells the failure; until then it must not count as unhandled.
    this.#underWay.catch(() => {});
  }

  /** Returns when nothing is under way any more, failed or not. */
  async waitUntilIdle(): Promise<void> {
    await this.#underWay.catch(() => {});
  }

  /** @throws what the last batch failed of */
  async finish(): Promise<void> {
    await this.#underWay;
  }

  async #commit(batch: Batch): Promise<void> {
    const written = await writeBatch(this.#session, this.#place, batch);
    const { steps } = batch;
    this.#summary = addSummaries(this.#summary, {
      ...emptySummary(),
      ...written,
      dataRecords: batch.dataRecords,
      tombstones: steps.reduce((sum, step) => sum + step.tombstones, 0),
      filtered: steps.reduce((sum, step) => sum + step.filtered, 0),
      elsewhere: steps.reduce((sum, step) => sum + step.elsewhere, 0),
    });
    this.#report(steps.reduce((sum, step) => sum + step.next - step.from, 0));
  }
}
