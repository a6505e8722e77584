import type { z } from 'zod';
import { healthReportSchema } from './health-report.ts';

/** What a run leaves behind for the next one, and for whoever asks later. */
export const healthRecordSchema = healthReportSchema;
export type HealthRecord = z.infer<typeof healthRecordSchema>;

/**
 * A record that is older than this tells nothing of 'the run before': the schedule is an hour at the most.
 */
const LONGEST_APART_MS = 2.5 * 3_600_000;

/**
 * The record, where it can be compared with; a clock that was set back makes it worthless as well. Pure.
 */
export function comparable(record: HealthRecord | undefined, now: Date): HealthRecord | undefined {
  if (record === undefined) return undefined;
  const age = now.getTime() - Date.parse(record.at);
  return age >= 0 && age <= LONGEST_APART_MS ? record : undefined;
}
