import { z } from 'zod';
import { offsetsSchema } from '../../core/offsets.ts';

/** What a time is compared with. event-time: event_timestamp · record-time: the Kafka record's own. */
export const TIME_BASES = ['event-time', 'record-time'] as const;
export type TimeBasis = (typeof TIME_BASES)[number];

/** MSR's operations: create, update, delete, read by an initial snapshot. */
export const OPERATIONS = ['c', 'u', 'd', 'r'] as const;

/** Records of one partition; `from` belongs to them, `to` does not. */
const offsetRangeSchema = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  from: z.int().nonnegative(),
  /** null: up to the end. */
  to: z.int().nonnegative().nullable(),
});
export type OffsetRange = z.infer<typeof offsetRangeSchema>;

/** A record that meets all of it is left out. */
const skipSchema = z.object({
  /** table_name, whole. */
  table: z.string().optional(),
  entity: z.string().optional(),
  operation: z.enum(OPERATIONS).optional(),
  /** From this time on. */
  from: z.iso.datetime().optional(),
  /** Before this time. */
  to: z.iso.datetime().optional(),
  /** It lies in one of them. */
  offsets: z.array(offsetRangeSchema).optional(),
});
export type Skip = z.infer<typeof skipSchema>;

/** stop: nothing is written from `until` on · continue: all that no skip names is written. */
export const AFTERS = ['stop', 'continue'] as const;

/** Which records a replay sets aside, though it could write them. Part of what is approved. */
export const leaveOutSchema = z.object({
  by: z.enum(TIME_BASES),
  /** The moment T. With `continue` it bounds the skips: what lies before it is written. */
  until: z.iso.datetime().optional(),
  /** T as offsets, for those partitions alone. */
  untilOffsets: offsetsSchema.optional(),
  after: z.enum(AFTERS),
  skips: z.array(skipSchema),
});
export type LeaveOut = z.infer<typeof leaveOutSchema>;

/** `2026-11-23T10:05:00.000Z (event time)`, or the offsets. */
export function untilText({ until, untilOffsets = [], by }: LeaveOut): string {
  if (until !== undefined) return `${until} (${BASIS_TEXTS[by]})`;
  return untilOffsets.map(({ topic, partition, offset }) => `${topic}-${partition}:${offset}`).join(', ');
}

const BASIS_TEXTS: Readonly<Record<TimeBasis, string>> = {
  'event-time': 'event time',
  'record-time': 'record time',
};

/** As `--skip` takes it. */
export function skipText(skip: Skip): string {
  const { table, entity, operation, from, to, offsets = [] } = skip;
  return [
    ...(table === undefined ? [] : [`table=${quoted(table)}`]),
    ...(entity === undefined ? [] : [`entity=${quoted(entity)}`]),
    ...(operation === undefined ? [] : [`operation=${operation}`]),
    ...(from === undefined ? [] : [`from=${from}`]),
    ...(to === undefined ? [] : [`to=${to}`]),
    ...offsets.map((range) => `offsets=${rangeText(range)}`),
  ].join(',');
}

function rangeText({ topic, partition, from, to }: OffsetRange): string {
  return `${topic}-${partition}:${from}..${to ?? ''}`;
}

/** What a shell or the list of conditions would take apart. */
function quoted(text: string): string {
  return /^[\w.:@/+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** The flags of `msr recover` that ask for it, ready to run. */
export function flagsOf(leaveOut: LeaveOut): string {
  const { until, untilOffsets, by, skips } = leaveOut;
  const times = until !== undefined || skips.some(({ from, to }) => from !== undefined || to !== undefined);
  return [
    ...(until === undefined ? [] : [`--until ${until}`]),
    ...(untilOffsets === undefined ? [] : [`--until-offsets ${untilText(leaveOut).replaceAll(', ', ',')}`]),
    ...(times && by === 'record-time' ? [`--by ${by}`] : []),
    ...skips.map((skip) => `--skip '${skipText(skip).replaceAll("'", `'\\''`)}'`),
    ...(leaveOut.after === 'continue' && hasUntil(leaveOut) ? ['--then continue'] : []),
  ].join(' ');
}

export function hasUntil({ until, untilOffsets }: Pick<LeaveOut, 'until' | 'untilOffsets'>): boolean {
  return until !== undefined || untilOffsets !== undefined;
}

/** Whether two rules leave out the same, as they were named. */
export function leavesOutTheSame(one: LeaveOut, other: LeaveOut | undefined): boolean {
  return other !== undefined && flagsOf(one) === flagsOf(other);
}
