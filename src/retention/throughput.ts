import type { LogStorage } from '../clients/kafka/kafka-topics.ts';
import { indexOffsets, type Offsets, partitionKey } from '../core/offsets.ts';
import type { ManifestHead } from '../manifest/manifest.ts';
import { HOUR_MS } from './frequency.ts';

/** What a partition takes in; undefined where it cannot be told. */
export interface PartitionRate {
  readonly topic: string;
  readonly partition: number;
  readonly recordsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

export interface ThroughputInput {
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
  /** undefined: the brokers do not tell sizes to this user. */
  readonly storage: LogStorage | undefined;
  /** Complete backups: where the ends of the log were when each was taken. */
  readonly manifests: readonly Pick<ManifestHead, 'id' | 'cut'>[];
  readonly now: Date;
}

/** What one night or one burst says of a rate is worth little: the oldest cut within this time is taken. */
const WINDOW_MS = 8 * 24 * HOUR_MS;
const LEAST_MS = HOUR_MS / 2;

/**
 * Records a second since the oldest cut of the last week whose offsets the log can be compared with; bytes a
 * second by the mean size of the records that the log holds.
 */
export function measureThroughput(input: ThroughputInput): PartitionRate[] {
  const cut = referenceCut(input);
  const offsets = indexOffsets(cut?.offsets ?? []);
  const starts = indexOffsets(input.logStart);
  const seconds = cut === undefined ? 0 : (input.now.getTime() - Date.parse(cut.takenAt)) / 1000;
  return input.logEnd.map((end) => {
    const { topic, partition } = end;
    const at = offsets.get(partitionKey(end));
    const recordsPerSecond =
      at === undefined || end.offset < at || seconds === 0 ? undefined : (end.offset - at) / seconds;
    const held = end.offset - (starts.get(partitionKey(end)) ?? end.offset);
    const bytes = input.storage?.partitions.find(
      (entry) => entry.topic === topic && entry.partition === partition,
    )?.bytes;
    const size = bytes === undefined || held === 0 ? undefined : bytes / held;
    const bytesPerSecond =
      recordsPerSecond === undefined || size === undefined ? undefined : recordsPerSecond * size;
    return { topic, partition, recordsPerSecond, bytesPerSecond };
  });
}

function referenceCut({ manifests, now }: ThroughputInput): ManifestHead['cut'] | undefined {
  return referenceOf(
    manifests.map(({ cut }) => cut),
    now,
  );
}

/** The one of complete backups whose offsets rates are measured by. */
export function referenceOf<T extends { readonly takenAt: string }>(
  backups: readonly T[],
  now: Date,
): T | undefined {
  const ages = backups.map((backup) => ({ backup, age: now.getTime() - Date.parse(backup.takenAt) }));
  const usable = ages.filter(({ age }) => age >= LEAST_MS && age <= WINDOW_MS);
  return usable.sort((a, b) => b.age - a.age)[0]?.backup;
}

/** The rate of all partitions together; undefined where no partition's rate is known. */
export function totalRecordsPerSecond(rates: readonly PartitionRate[]): number | undefined {
  const known = rates.flatMap(({ recordsPerSecond }) => recordsPerSecond ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0);
}
