import type { RecordChunk } from '../../clients/kafka/kafka-record.ts';
import { type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { Batch, type BatchLimits } from './batch.ts';
import type { ReplayDecoder } from './replayed.ts';

/** Decodes chunks, and cuts them into batches that join without gap or overlap. */
export class Batcher {
  readonly #decode: ReplayDecoder;
  readonly #limits: BatchLimits;
  readonly #write: (batch: Batch) => Promise<void>;
  /** Up to where each partition is in a batch: the open one begins there, or has come to it. */
  readonly #positions: Map<string, PartitionOffset>;
  #open: Batch;

  /** @param from where the partitions stand; a chunk of any other partition is an error of the caller's */
  constructor(
    decode: ReplayDecoder,
    limits: BatchLimits,
    from: Offsets,
    write: (batch: Batch) => Promise<void>,
  ) {
    this.#decode = decode;
    this.#limits = limits;
    this.#write = write;
    this.#positions = new Map(from.map((position) => [partitionKey(position), position]));
    this.#open = new Batch(limits);
  }

  /** @throws what decoding or writing throws */
  async take(chunk: RecordChunk): Promise<void> {
    for (const record of chunk.records) {
      this.#open.add(record, this.#decode(record), this.#move(chunk, record.offset + 1));
      if (this.#open.isFull) await this.flush();
    }
    this.#open.moveTo(chunk, this.#move(chunk, chunk.nextOffset));
  }

  /** Hands over what is open. */
  async flush(): Promise<void> {
    const batch = this.#open;
    this.#open = new Batch(this.#limits);
    await this.#write(batch);
  }

  /** @returns where the partition stood before */
  #move({ topic, partition }: RecordChunk, offset: number): PartitionOffset {
    const key = partitionKey({ topic, partition });
    const before = this.#positions.get(key);
    if (before === undefined) throw new RangeError(`nobody asked for partition ${key}`);
    this.#positions.set(key, { topic, partition, offset });
    return before;
  }
}
