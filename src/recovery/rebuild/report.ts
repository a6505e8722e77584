import { z } from 'zod';

/** The Apache edition has no continuous aggregate. */
export const NOT_IN_THIS_EDITION = 'not run in this edition';

const maintenanceReport = z.object({
  ran: z.boolean(),
  /** Why it did not run; only where `ran` is false. */
  why: z.string().exactOptional(),
  /** Events in chunks that lie wholly before the cutoff. */
  predictedDropped: z.int(),
  dropped: z.int(),
  /** The oldest replayable moment afterwards, ISO 8601. */
  cutoff: z.string().exactOptional(),
});
export type MaintenanceReport = z.infer<typeof maintenanceReport>;

const aggregateReport = z.object({
  /** The window, ISO 8601; absent where there was no whole day to refresh. */
  start: z.string().exactOptional(),
  end: z.string().exactOptional(),
  seconds: z.number(),
});
export type AggregateReport = z.infer<typeof aggregateReport>;

/** The report as it is kept in the recovered database, together with what it speaks of. */
export const storedRebuild = z.object({
  maintenance: maintenanceReport,
  aggregate: z.union([aggregateReport, z.literal(NOT_IN_THIS_EDITION)]),
  /** What else is derived from the events and could not be brought up to date, for the operator. */
  remarks: z.array(z.string()).default([]),
});
type StoredRebuild = z.infer<typeof storedRebuild>;

export type RebuildReport = StoredRebuild & {
  /** An earlier run of this recovery had done it. */
  readonly skipped: boolean;
};
