import { ActionTaker } from './actions.ts';
import { evaluate } from './expression.ts';
import { type AlarmState, nextState } from './metric-alarm.ts';
import type {
  AlarmData,
  CompositeAlarm,
  MetricAlarm,
  MetricQuery,
  TemplateAlarms,
} from './template-alarms.ts';

/** What was put, by the metric's key: the minute since the beginning, and the value, in order. */
export type Series = ReadonlyMap<string, ReadonlyArray<readonly [minute: number, value: number]>>;

export interface Told {
  readonly minute: number;
  readonly topic: string;
  readonly alarm: string;
  readonly what: 'begins' | 'ends';
}

export interface PlayOptions {
  readonly minutes: number;
  /** Minutes between two evaluations. @default 1, as CloudWatch does */
  readonly everyMinutes?: number;
  /**
   * Data points beyond N that CloudWatch retrieves; AWS does not say how many.
   * @default 2, as in its example
   */
  readonly rangeBeyond?: number;
}

/**
 * Evaluates a template's alarms over simulated time, once a minute, and takes down what they tell people.
 * Each begins in OK, as after days without anything.
 */
export function play(
  { metricAlarms, composites }: TemplateAlarms,
  series: Series,
  options: PlayOptions,
): Told[] {
  const states = new Map<string, AlarmState>();
  for (const { name } of [...metricAlarms, ...composites]) states.set(name, 'OK');
  const takers = new Map(
    [...metricAlarms, ...composites].map((alarm) => [alarm.name, takerOf(alarm)] as const),
  );
  const told: Told[] = [];
  const pointAt = rememberedPoints(series);
  for (let minute = 0; minute < options.minutes; minute += options.everyMinutes ?? 1) {
    for (const alarm of metricAlarms) {
      const points = pointsOf(alarm, pointAt, minute, options.rangeBeyond ?? 2);
      states.set(alarm.name, nextState(alarm, points, states.get(alarm.name) ?? 'OK'));
    }
    for (const { name, rule } of composites) {
      states.set(name, rule((alarm) => states.get(alarm) ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK');
    }
    for (const alarm of [...metricAlarms, ...composites]) {
      const suppressor =
        'suppressor' in alarm && alarm.suppressor ? states.get(alarm.suppressor.alarm) : undefined;
      const acted = takers.get(alarm.name)?.observe(minute, states.get(alarm.name) ?? 'OK', suppressor);
      if (acted === undefined || acted === 'INSUFFICIENT_DATA') continue;
      const what = acted === 'ALARM' ? 'begins' : 'ends';
      for (const topic of alarm.tells[acted]) told.push({ minute, topic, alarm: alarm.name, what });
    }
  }
  return told;
}

function takerOf(alarm: MetricAlarm | CompositeAlarm): ActionTaker {
  const suppression = 'suppressor' in alarm ? alarm.suppressor : undefined;
  return new ActionTaker({ ...(suppression && { suppression }), state: 'OK' });
}

type PointAt = (data: AlarmData, end: number) => number | undefined;

/** The same period is looked at again and again, as long as it is within the evaluation range. */
function rememberedPoints(series: Series): PointAt {
  const known = new Map<AlarmData, Map<number, number | undefined>>();
  return (data, end) => {
    const ofAlarm = known.get(data) ?? new Map<number, number | undefined>();
    known.set(data, ofAlarm);
    if (!ofAlarm.has(end)) ofAlarm.set(end, pointOf(data, series, end));
    return ofAlarm.get(end);
  };
}

function pointsOf(
  alarm: MetricAlarm,
  pointAt: PointAt,
  minute: number,
  beyond: number,
): (number | undefined)[] {
  const { data, evaluationPeriods } = alarm;
  return Array.from({ length: evaluationPeriods + beyond }, (_, index) => {
    const end = minute - (evaluationPeriods + beyond - 1 - index) * data.period;
    return pointAt(data, end);
  });
}

/** The value of the period that ends with this minute. */
function pointOf({ metrics, expression }: AlarmData, series: Series, end: number): number | undefined {
  const values = Object.fromEntries(
    Object.entries(metrics).map(([id, query]) => [id, statisticOf(query, series.get(query.key) ?? [], end)]),
  );
  return expression === undefined ? values['only'] : evaluate(expression, values);
}

function statisticOf(
  { statistic, period }: MetricQuery,
  puts: ReadonlyArray<readonly [minute: number, value: number]>,
  end: number,
): number | undefined {
  const found: number[] = [];
  for (let at = firstAfter(puts, end - period); at < puts.length; at += 1) {
    const [minute = 0, value = 0] = puts[at] ?? [];
    if (minute > end) break;
    found.push(value);
  }
  if (found.length === 0) return undefined;
  if (/^max(imum)?$/i.test(statistic)) return Math.max(...found);
  if (statistic === 'Sum') return found.reduce((sum, value) => sum + value, 0);
  if (statistic === 'SampleCount') return found.length;
  throw new RangeError(`the evaluator does not know the statistic ${statistic}`);
}

/** The index of the first that was put after a minute. */
function firstAfter(puts: ReadonlyArray<readonly [number, number]>, minute: number): number {
  let [low, high] = [0, puts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((puts[middle]?.[0] ?? 0) > minute) high = middle;
    else low = middle + 1;
  }
  return low;
}
