import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { type PartitionOffset, partitionKey, type TopicPartition } from '../../core/offsets.ts';
import { eventHash } from '../../ledger/digest.ts';
import { RowBuffer } from '../../sink/row-buffer.ts';
import type { RowWriter } from '../../sink/write-record.ts';
import type { CopyRow } from './copy-rows.ts';
import { type HashedEvent, hourOfEvent } from './gained.ts';
import type { QuarantinedRecord } from './quarantined-record.ts';
import type { Replayed } from './replayed.ts';

/** Bounds of a batch: it is full once it has reached one of them. */
export interface BatchLimits {
  readonly records: number;
  /** The sum of the records' values; states may be 200 KB each. */
  readonly bytes: number;
}

export const DEFAULT_BATCH: BatchLimits = { records: 10_000, bytes: 8 << 20 };

/** What a batch moves in one partition. */
export interface PartitionStep extends TopicPartition {
  /** Where the partition stood, and where it stands once the batch is committed. */
  readonly from: number;
  next: number;
  /** Counted as the reader handed them over: independent of what became of them. */
  dataRecords: number;
  tombstones: number;
  filtered: number;
  elsewhere: number;
}

/** A row of a batch, the record that it was made of, and the step that it is part of. */
export interface BatchRow extends CopyRow {
  readonly step: PartitionStep;
}

/**
 * Rows are shorter than their records' values: those carry a schema. Where they are not, the buffer
 * grows.
 */
const SHARE_OF_VALUES = 0.75;

/** What one transaction writes. */
export class Batch {
  readonly buffer: RowBuffer;
  readonly rows: BatchRow[] = [];
  readonly quarantined: QuarantinedRecord[] = [];
  /** What the plan leaves out, as many as there are. */
  readonly leftOut: QuarantinedRecord[] = [];
  /** Events that are counted and not written. */
  readonly elsewhere: HashedEvent[] = [];
  readonly #steps = new Map<string, PartitionStep>();
  readonly #limits: BatchLimits;
  #records = 0;
  #bytes = 0;

  /** @param buffer an empty one; without it the batch makes its own */
  constructor(limits: BatchLimits = DEFAULT_BATCH, buffer?: RowBuffer) {
    this.#limits = limits;
    this.buffer = buffer ?? new RowBuffer(Math.ceil(limits.bytes * SHARE_OF_VALUES));
  }

  get steps(): readonly PartitionStep[] {
    return [...this.#steps.values()];
  }

  get dataRecords(): number {
    return this.#records;
  }

  get isFull(): boolean {
    return this.#records >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /**
   * What the batch moves in a partition. @param position where that stands, if the batch has none of it
   * yet
   */
  step({ topic, partition, offset }: PartitionOffset): PartitionStep {
    const key = partitionKey({ topic, partition });
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const counts = { dataRecords: 0, tombstones: 0, filtered: 0, elsewhere: 0 };
    const step: PartitionStep = { topic, partition, from: offset, next: offset, ...counts };
    this.#steps.set(key, step);
    return step;
  }

  /**
   * The next record of a step's partition, of which `write` makes the row. @returns whether it has made
   * one
   */
  addWritten(record: KafkaRecord, write: RowWriter, step: PartitionStep): boolean {
    const row = write(record, this.buffer);
    if (row === undefined) return false;
    this.#count(record, step);
    this.rows.push({ row, record, step });
    return true;
  }

  /** The next record of a step's partition, and what became of it. */
  add(record: KafkaRecord, decoded: Replayed, step: PartitionStep): void {
    this.#count(record, step);
    switch (decoded.kind) {
      case 'event':
        this.rows.push({ row: this.buffer.append(decoded.event), record, step });
        break;
      case 'quarantined':
        this.quarantined.push({ record, kind: 'undecodable', reason: decoded.reason });
        break;
      case 'left-out':
        this.leftOut.push({ record, kind: 'skipped', reason: decoded.reason });
        break;
      case 'tombstone':
        step.tombstones++;
        break;
      case 'filtered':
        step.filtered++;
        break;
      case 'elsewhere':
        step.elsewhere++;
        this.elsewhere.push({ hour: hourOfEvent(decoded.event), hash: eventHash(decoded.event) });
        break;
    }
  }

  #count(record: KafkaRecord, step: PartitionStep): void {
    step.next = record.offset + 1;
    step.dataRecords++;
    this.#records++;
    this.#bytes += record.value?.length ?? 0;
  }
}
