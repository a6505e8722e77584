import { z } from 'zod';
import { sortOffsets, type TopicPartition } from '../../core/offsets.ts';
import { RecoveryInputError } from '../recovery-errors.ts';
import { AFTERS, type LeaveOut, type OffsetRange, OPERATIONS, type Skip, TIME_BASES } from './leave-out.ts';
import type { Procedure } from './procedures.ts';

const time = z.iso.datetime({ offset: true, error: 'not a time like 2026-11-23T04:15:00Z' });
const offset = z.int().nonnegative();

/** A record that meets all of it is left out. */
const skip = z.strictObject({
  table: z.string().min(1).optional(),
  entity: z.string().min(1).optional(),
  operation: z.enum(OPERATIONS).optional(),
  from: time.optional(),
  to: time.optional(),
  /** `topic-partition` to [first, first behind them]; null: up to the end. */
  offsets: z.record(z.string(), z.tuple([offset, offset.nullable()])).optional(),
});

/** The keys of a recovery's input that leave out what did the damage. */
export const LEAVE_OUT_KEYS = {
  /** Nothing is written from this moment on, up to the cutover. */
  until: time.optional(),
  /** Which time of a record counts. @default event-time */
  by: z.enum(TIME_BASES).optional(),
  /** The same moment as an offset of each partition: `{"server.schema.table-0": 123}`. */
  untilOffsets: z.record(z.string(), offset).optional(),
  /** What meets one of these is left out. */
  skip: z.array(skip).min(1).optional(),
  /** With `until`, whether what no skip names is written from then on. @default stop */
  // biome-ignore lint/suspicious/noThenProperty: the operator's word, and no promise.
  then: z.enum(AFTERS).optional(),
} as const;

const keys = z.object(LEAVE_OUT_KEYS);
type Asked = z.infer<typeof keys> & {
  readonly procedure?: Procedure | undefined;
  readonly zone?: string | undefined;
  readonly undo?: unknown;
  readonly redo?: unknown;
};

/** undefined: nothing is to be left out. Its times are in UTC. Pure. */
export function leaveOutOf(asked: z.infer<typeof keys>): LeaveOut | undefined {
  const { until, untilOffsets, by = 'event-time', skip: skips = [], then } = asked;
  if (until === undefined && untilOffsets === undefined && skips.length === 0) return undefined;
  const hasMoment = until !== undefined || untilOffsets !== undefined;
  return {
    by,
    ...(until === undefined ? {} : { until: utc(until) }),
    ...(untilOffsets === undefined ? {} : { untilOffsets: sortOffsets(offsetsOf(untilOffsets)) }),
    after: then ?? (hasMoment ? 'stop' : 'continue'),
    skips: skips.map(skipOf),
  };
}

function skipOf({ from, to, offsets, ...rest }: z.infer<typeof skip>): Skip {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: utc(from) }),
    ...(to === undefined ? {} : { to: utc(to) }),
    ...(offsets === undefined ? {} : { offsets: sortOffsets(rangesOf(offsets)) }),
  };
}

function utc(at: string): string {
  return new Date(at).toISOString();
}

function offsetsOf(byPartition: Readonly<Record<string, number>>) {
  return Object.entries(byPartition).map(([key, at]) => ({ ...partitionOf(key), offset: at }));
}

function rangesOf(byPartition: Readonly<Record<string, readonly [number, number | null]>>): OffsetRange[] {
  return Object.entries(byPartition).map(([key, [from, to]]) => ({ ...partitionOf(key), from, to }));
}

/** @throws RecoveryInputError */
function partitionOf(key: string): TopicPartition {
  const [, topic, partition] = /^(.+)-(\d{1,9})$/.exec(key) ?? [];
  if (topic !== undefined) return { topic, partition: Number(partition) };
  throw new RecoveryInputError(`${JSON.stringify(key)} names no partition of a topic`, {
    hint: 'a partition is written as Kafka writes it: server.schema.table-0',
  });
}

/**
 * What is well formed, and means nothing or two things.
 * @throws RecoveryInputError
 */
export function requireSense(asked: Asked): void {
  const contradiction = contradictions(asked);
  if (contradiction !== undefined) throw new RecoveryInputError(contradiction[0], { hint: contradiction[1] });
  const leaveOut = leaveOutOf(asked);
  if (leaveOut === undefined) return;
  for (const at of [leaveOut.until, ...leaveOut.skips.map(({ from }) => from)]) refuseFuture(at);
  for (const each of leaveOut.skips) requireNarrow(each);
}

type Refusal = readonly [fact: string, hint: string];

function contradictions(asked: Asked): Refusal | undefined {
  const { until, untilOffsets, by, skip: skips, then, procedure, undo, redo } = asked;
  const names = until !== undefined || untilOffsets !== undefined || skips !== undefined;
  if (until !== undefined && untilOffsets !== undefined)
    return ['the input names until and untilOffsets', 'name one of them: both are the same moment'];
  if (by !== undefined && until === undefined && !(skips ?? []).some(({ from, to }) => from ?? to))
    return [
      'by says how times are read, and the input names no time',
      'name until, or from and to of a skip',
    ];
  if (then !== undefined && until === undefined && untilOffsets === undefined && then === 'stop')
    return ['the input asks to stop, and names no moment', 'name until: what comes from then on is left out'];
  if (then === 'continue' && hasMoment(asked) && skips === undefined)
    return [
      'the input asks to continue after until, and does not say what is left out',
      'name it by skip: `--skip to=<time>` leaves out what lies between until and that time, `--skip table=<table>` what came of a table since',
    ];
  if (names && procedure !== undefined && procedure !== 'point-in-time')
    return [`${procedure} leaves nothing out`, 'leave the procedure away: until and skip mean point-in-time'];
  if (names && asked.zone !== undefined)
    return [
      `the zone ${asked.zone} holds what is to be left out, too`,
      'leave the zone away: a backup from before the damage is begun with',
    ];
  if (names && (undo !== undefined || redo !== undefined))
    return ['an undo and a redo leave nothing out', 'ask for one of them'];
  return undefined;
}

function hasMoment({ until, untilOffsets }: Asked): boolean {
  return until !== undefined || untilOffsets !== undefined;
}

function refuseFuture(at: string | undefined): void {
  if (at === undefined || Date.parse(at) <= Date.now()) return;
  throw new RecoveryInputError(`${at} is in the future`, {
    hint: 'name the moment at which the damage began, with its time zone: 2026-11-23T04:15:00Z',
  });
}

function requireNarrow({ from, to, offsets = [], ...rest }: Skip): void {
  if (from === undefined && to === undefined && offsets.length === 0 && Object.keys(rest).length === 0) {
    throw new RecoveryInputError('a skip names nothing, so that it would leave everything out', {
      hint: `name at least one of ${CONDITIONS}`,
    });
  }
  const empty = offsets.find((range) => range.to !== null && range.to <= range.from);
  if (empty !== undefined) {
    throw new RecoveryInputError(
      `a skip names the offsets ${empty.from}..${empty.to} of ${empty.topic}-${empty.partition}, which are none`,
      { hint: 'the first offset belongs to a range, the last does not: 100..101 is one record' },
    );
  }
  if (from === undefined || to === undefined || Date.parse(from) < Date.parse(to)) return;
  throw new RecoveryInputError(`a skip from ${from} to ${to} has no time in it`, {
    hint: 'from belongs to it, to does not: name the earlier one first',
  });
}

const CONDITIONS = Object.keys(skip.shape).join(', ');

/** A condition on something that no event has. */
export function unknownCondition(key: string, cause?: unknown): RecoveryInputError {
  return new RecoveryInputError(`a skip names ${JSON.stringify(key)}, which no event has`, {
    hint: `it may name ${CONDITIONS}`,
    cause,
  });
}
