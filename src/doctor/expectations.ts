import type { LogBounds, LogStorage } from '../clients/kafka/kafka-topics.ts';
import { type BackupFrequency, observedFrequency, RETENTION_MATRIX } from '../retention/frequency.ts';
import { type RetentionNeed, retentionNeed } from '../retention/kafka-retention.ts';
import { type MeasuredDurations, measureDurations } from '../retention/measured-durations.ts';
import type { RetentionSettings } from '../retention/retention-settings.ts';
import { measureThroughput, type PartitionRate, totalRecordsPerSecond } from '../retention/throughput.ts';
import type { VaultBackups } from '../retention/vault-backups.ts';

/** What was seen of backups and of Kafka; what could not be seen is undefined or empty. */
interface Seen extends Pick<VaultBackups, 'manifests' | 'recoveries'> {
  readonly ends: Pick<LogBounds, 'start' | 'end'> | undefined;
  readonly storage: LogStorage | undefined;
  readonly retention: RetentionSettings;
  readonly now: Date;
}

/**
 * How often backups are taken, how long things take, what comes in, and what Kafka must hold for all that.
 */
interface Expectations {
  readonly frequency: BackupFrequency;
  readonly rates: readonly PartitionRate[];
  readonly durations: MeasuredDurations;
  readonly need: RetentionNeed;
}

/** From what was configured, else from what was seen. Pure. */
export function expectationsOf({ manifests, recoveries, ends, storage, retention, now }: Seen): Expectations {
  const observed = () => observedFrequency(manifests.map(({ cut }) => cut.takenAt));
  const frequency = retention.frequency ?? observed() ?? 'daily';
  const rates =
    ends === undefined
      ? []
      : measureThroughput({ logStart: ends.start, logEnd: ends.end, storage, manifests, now });
  const durations = measureDurations(manifests, recoveries, {
    frequency: RETENTION_MATRIX[frequency],
    eventsPerSecond: totalRecordsPerSecond(rates),
  });
  const { bufferMs } = retention;
  const need = retentionNeed({ frequency, durations, ...(bufferMs === undefined ? {} : { bufferMs }) });
  return { frequency, rates, durations, need };
}
