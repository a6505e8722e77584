import { BACKUP_FREQUENCIES, RETENTION_MATRIX } from '../src/retention/frequency.ts';
import { days, hours, retentionNeed } from '../src/retention/kafka-retention.ts';
import { measureDurations } from '../src/retention/measured-durations.ts';

/**
 * The table of docs/retention.md: what Kafka must hold before anything was measured. A test compares them.
 */
export function retentionTable(): string {
  const rows = BACKUP_FREQUENCIES.map((frequency) => {
    const matrix = RETENTION_MATRIX[frequency];
    const durations = measureDurations([], [], { frequency: matrix, eventsPerSecond: undefined });
    const need = retentionNeed({ frequency, durations });
    const { low, high } = matrix.playbookMs;
    return `| ${frequency} | ${days(low)} to ${days(high)} | ${hours(matrix.intervalMs)} + ${hours(matrix.bufferMs)}, ${matrix.bufferName} | ${days(need.minimumMs)} | ${days(need.recommendedMs)} = \`retention.ms=${need.recommendedMs}\` |`;
  });
  const head =
    '| backups | the playbook | interval + buffer | minimum, nothing measured yet | recommended |\n|---|---|---|---|---|';
  return [head, ...rows].join('\n');
}
