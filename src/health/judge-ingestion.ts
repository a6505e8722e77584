import { count, duration } from '../core/activity.ts';
import type { HealthRecord } from './health-record.ts';
import { type JudgeContext, type Judgement, ok, ticket } from './judgement.ts';

/** What the newest event tells, by the database's own clock. */
export interface IngestionFacts {
  /** ISO 8601; null: there are no events. */
  readonly newest: string | null;
  /** Never negative. */
  readonly ageSeconds: number | null;
  /** By the statistics of the chunks; null: not told. */
  readonly events: number | null;
  /** There is an event that is more than an hour ahead of the database's clock. */
  readonly future: boolean;
}

const LEAST_SECONDS = 1800;
/** Where nothing was recorded that says what is usual. */
const UNKNOWN_SECONDS = 6 * 3600;
/** As many points say something of a day. */
const LEAST_POINTS = 12;
const TIMES_USUAL = 4;

/** Whether events still come in, and as late as they use to. Pure. */
export function judgeIngestion(
  { newest, ageSeconds, events, future }: IngestionFacts,
  { previous }: JudgeContext,
): Judgement {
  const values = events === null ? {} : { EventsEstimated: events };
  if (newest === null || ageSeconds === null) {
    return ticket({
      evidence: ['there is no event in msr.cdc_event'],
      values,
      hint: 'see whether the sources and the sink run (sink-running), and whether maintenance dropped them all (snapshot-fresh)',
    });
  }
  const { usual, limit } = usualAge(previous);
  // Chunks that were never analyzed count for none.
  const total = events === null || events === 0 ? '' : `, of about ${count(events)}`;
  const fact = `the newest event is of ${newest}, ${duration(ageSeconds * 1000)} ago${total}`;
  const measured = {
    value: ageSeconds,
    threshold: limit,
    values: { ...values, NewestEventAgeSeconds: ageSeconds },
  };
  const ahead = future
    ? ['some events are dated more than an hour ahead: the clock of a source is wrong']
    : [];
  if (ageSeconds <= limit && !future) return ok(fact, measured);
  const known = usual === undefined ? [] : [`usually it is ${duration(usual * 1000)}`];
  return ticket({
    evidence: [fact, ...(ageSeconds > limit ? known : []), ...ahead],
    ...measured,
    hint: future
      ? "correct the source's clock: replays of that time show what has not happened yet"
      : 'see whether the source writes at all at this hour, then its connector and the sink (sink-running, sink-lag)',
  });
}

/** The age that is seldom exceeded, of the last day; the limit is well above it. */
function usualAge(previous: HealthRecord | undefined): { usual: number | undefined; limit: number } {
  const ages = (previous?.day ?? [])
    .flatMap(({ eventAgeSeconds }) => eventAgeSeconds ?? [])
    .sort((a, b) => a - b);
  if (ages.length < LEAST_POINTS) return { usual: undefined, limit: UNKNOWN_SECONDS };
  const usual = ages[Math.floor(ages.length * 0.9)] ?? 0;
  return { usual, limit: Math.max(LEAST_SECONDS, usual * TIMES_USUAL) };
}
