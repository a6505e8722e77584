import type { RecordChunk } from '../../clients/kafka/kafka-record.ts';
import { type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { Batch, type BatchLimits } from './batch.ts';
import type { ReplayReader } from './replayed.ts';

/** A position that moves. */
type Position = { -readonly [Key in keyof PartitionOffset]: PartitionOffset[Key] };

/** Makes rows of chunks, and cuts them into batches that join without gap or overlap. */
export class Batcher {
  readonly #reader: ReplayReader;
  readonly #limits: BatchLimits;
  readonly #write: (batch: Batch) => Promise<void>;
  /** Up to where each partition is in a batch: the open one begins there, or has come to it. */
  readonly #positions: ReadonlyMap<string, Position>;
  #open: Batch;

  /**
   * @param from where the partitions stand; a chunk of any other partition is an error of the caller's
   */
  constructor(
    reader: ReplayReader,
    limits: BatchLimits,
    from: Offsets,
    write: (batch: Batch) => Promise<void>,
  ) {
    this.#reader = reader;
    this.#limits = limits;
    this.#write = write;
    this.#positions = new Map(from.map((position) => [partitionKey(position), { ...position }]));
    this.#open = new Batch(limits);
  }

  /** @throws what decoding or writing throws */
  async take(chunk: RecordChunk): Promise<void> {
    const position = this.#positionOf(chunk);
    const { decode, write } = this.#reader;
    let step = this.#open.step(position);
    for (const record of chunk.records) {
      if (write === undefined || !this.#open.addWritten(record, write, step)) {
        this.#open.add(record, decode(record), step);
      }
      position.offset = record.offset + 1;
      if (!this.#open.isFull) continue;
      await this.flush();
      step = this.#open.step(position);
    }
    // Beyond what is no data record.
    step.next = chunk.nextOffset;
    position.offset = chunk.nextOffset;
  }

  /** Hands over what is open. */
  async flush(): Promise<void> {
    const batch = this.#open;
    this.#open = new Batch(this.#limits);
    await this.#write(batch);
  }

  #positionOf(chunk: RecordChunk): Position {
    const position = this.#positions.get(partitionKey(chunk));
    if (position === undefined) throw new RangeError(`nobody asked for partition ${partitionKey(chunk)}`);
    return position;
  }
}
