import { z } from 'zod';
import { logRecordSchema } from '../consumer-groups/log-record.ts';
import { healthReportSchema } from './health-report.ts';

const offset = z.int().nonnegative();
const moment = z.iso.datetime();

/** Where the logs began at one moment: how fast retention works is seen by them. */
const startsSchema = z.object({
  at: moment,
  topics: z.record(z.string(), z.array(offset)),
  /** retention.bytes of then: movement under another limit tells nothing of today's. */
  limits: z.record(z.string(), z.number()).default({}),
});

const sinkRecordSchema = z.object({
  connector: z.string(),
  /** SHA-256 of what decides its rows, without secrets. */
  hash: z.string(),
  /** The first and the last run that saw it, and the last one that saw another: it changed in between. */
  seenSince: moment,
  lastSeen: moment,
  otherUntil: moment.nullable(),
});

/** One point of the charts of the last day; null: not known. */
const pointSchema = z.object({
  at: moment,
  lagMessages: z.number().nullable(),
  lagSeconds: z.number().nullable(),
  eventAgeSeconds: z.number().nullable(),
  /** Ends of all partitions, summed: what came into Kafka. */
  logEnd: z.number().nullable(),
});

/** What a run leaves behind for the next one, and for whoever asks later what was lost. */
export const healthRecordSchema = healthReportSchema.extend({
  log: logRecordSchema.optional(),
  sink: sinkRecordSchema.optional(),
  starts: z.array(startsSchema).default([]),
  day: z.array(pointSchema).default([]),
  /** By the zone's name, the hours that were compared with it. */
  zones: z
    .record(
      z.string(),
      z.object({
        alike: z.array(z.string()),
        differing: z.array(z.object({ hour: z.string(), differences: z.array(z.string()) })),
      }),
    )
    .default({}),
  /** The last time that msr started a task of the sink once more, and what it had failed with. */
  restarted: z.object({ connector: z.string(), at: moment, trace: z.string() }).optional(),
  /** Size and time of what is stored of the newest backups, by path, where nothing tells more of it. */
  artifacts: z.record(z.string(), z.object({ bytes: z.int(), modifiedAt: z.string() })).default({}),
  /** Backups that are damaged, and the newest good one when that was met first; empty: there was none. */
  damaged: z.record(z.string(), z.string()).default({}),
  /** The lock of all operations: whether its owner lives is told by its renewals. */
  lock: z.object({ id: z.string(), renewals: z.int(), seenSince: moment }).optional(),
});
export type HealthRecord = z.infer<typeof healthRecordSchema>;
export type DayPoint = z.infer<typeof pointSchema>;

/** An older record tells nothing of 'the run before': the schedule is an hour at the most. */
const LONGEST_APART_MS = 2.5 * 3_600_000;

/** The record, where it can be compared with; a clock that was set back makes it worthless as well. Pure. */
export function comparable(record: HealthRecord | undefined, now: Date): HealthRecord | undefined {
  return record !== undefined && isRecent(record.at, now) ? record : undefined;
}

/** Whether something was seen so lately that it is 'the run before'. */
export function isRecent(at: string, now: Date): boolean {
  const age = now.getTime() - Date.parse(at);
  return age >= 0 && age <= LONGEST_APART_MS;
}
