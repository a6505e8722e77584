import { setImmediate as otherWork } from 'node:timers/promises';
import type { RecordChunk } from '../../clients/kafka/kafka-record.ts';
import { type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { Batch, type BatchLimits } from './batch.ts';
import type { ReplayReader } from './replayed.ts';

/** A position that moves. */
type Position = { -readonly [Key in keyof PartitionOffset]: PartitionOffset[Key] };

/**
 * So many bytes of values are decoded at a time, in about two milliseconds; then the batch that is under way
 * to the database has its turn, which waits for this thread at every round trip and for every piece.
 */
const TURN_BYTES = 128 << 10;

/** Makes rows of chunks, and cuts them into batches that join without gap or overlap. */
export class Batcher {
  readonly #reader: ReplayReader;
  readonly #limits: BatchLimits;
  readonly #write: (batch: Batch) => Promise<void>;
  /** Up to where each partition is in a batch: the open one begins there, or has come to it. */
  readonly #positions: ReadonlyMap<string, Position>;
  #open: Batch;
  /** The last one that was handed over: it may be under way. */
  #last: Batch | undefined;
  /** Bytes of values since the others had their turn. */
  #turn = 0;

  /**
   * @param from where the partitions stand; a chunk of any other partition is an error of the caller's
   * @param write returns when the batch before that one is committed
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
      this.#turn += record.value?.length ?? 0;
      if (this.#turn >= TURN_BYTES) await this.#letOthers();
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
    await this.#write(this.#open);
    // The one before it is committed by now, and its buffer can be filled again: memory outside the heap is
    // given back late.
    const buffer = this.#last?.buffer;
    buffer?.clear(2 * this.#limits.bytes);
    this.#last = this.#open;
    this.#open = new Batch(this.#limits, buffer);
  }

  async #letOthers(): Promise<void> {
    this.#turn = 0;
    await otherWork();
  }

  #positionOf(chunk: RecordChunk): Position {
    const position = this.#positions.get(partitionKey(chunk));
    if (position === undefined) throw new RangeError(`nobody asked for partition ${partitionKey(chunk)}`);
    return position;
  }
}
