import type { KafkaRecord, RecordChunk } from '../../clients/kafka/kafka-record.ts';
import { type PartitionOffset, partitionKey, type TopicPartition } from '../../core/offsets.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SetAsideReason } from '../quarantine/set-aside-reason.ts';
import type { Replayed } from './replayed.ts';

/** Bounds of a batch: it is full once it has reached one of them. */
export interface BatchLimits {
  readonly records: number;
  /** The sum of the records' values; states may be 200 KB each. */
  readonly bytes: number;
}

export const DEFAULT_BATCH: BatchLimits = { records: 10_000, bytes: 8 << 20 };

export interface BatchEvent {
  readonly record: KafkaRecord;
  readonly event: EventRow;
}

/** What is set aside: it is in no table, and lies in quarantine with its raw bytes. */
export interface QuarantinedRecord extends SetAsideReason {
  readonly record: KafkaRecord;
}

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

/** What one transaction writes. */
export class Batch {
  readonly events: BatchEvent[] = [];
  readonly quarantined: QuarantinedRecord[] = [];
  /** What the plan leaves out, as many as there are. */
  readonly leftOut: QuarantinedRecord[] = [];
  /** Events that are counted and not written. */
  readonly elsewhere: EventRow[] = [];
  readonly #steps = new Map<string, PartitionStep>();
  readonly #limits: BatchLimits;
  #records = 0;
  #bytes = 0;

  constructor(limits: BatchLimits = DEFAULT_BATCH) {
    this.#limits = limits;
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

  /** One record of a chunk, and what became of it; records of a partition come in order. */
  add(record: KafkaRecord, decoded: Replayed, position: PartitionOffset): void {
    const step = this.#step(position);
    step.next = record.offset + 1;
    step.dataRecords++;
    this.#records++;
    this.#bytes += record.value?.length ?? 0;
    switch (decoded.kind) {
      case 'event':
        this.events.push({ record, event: decoded.event });
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
        this.elsewhere.push(decoded.event);
        break;
    }
  }

  /** The end of a chunk: the position moves over what is no data record. */
  moveTo(chunk: RecordChunk, position: PartitionOffset): void {
    this.#step(position).next = chunk.nextOffset;
  }

  #step({ topic, partition, offset }: PartitionOffset): PartitionStep {
    const key = partitionKey({ topic, partition });
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const step: PartitionStep = {
      topic,
      partition,
      from: offset,
      next: offset,
      dataRecords: 0,
      tombstones: 0,
      filtered: 0,
      elsewhere: 0,
    };
    this.#steps.set(key, step);
    return step;
  }
}
