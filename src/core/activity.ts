import prettyBytes from 'pretty-bytes';
import prettyMs from 'pretty-ms';
import type { ProgressUpdate } from './progress.ts';

/** A long activity as it was last heard of. Times in milliseconds of a monotonic clock. */
export interface Activity {
  readonly latest: ProgressUpdate;
  readonly startedAt: number;
  /** What had been done when it was first heard of: a step that goes on after a crash does not begin at 0. */
  readonly doneAtStart: number;
  /** Recent points, oldest first, for the rate. */
  readonly points: readonly Point[];
}

interface Point {
  readonly at: number;
  readonly done: number;
}

/** Shorter activities are over before a line about them helps. */
export const SHOWN_AFTER_MS = 2_000;
/** The rate is that of the last seconds: a mean since the start hides that a disk has become slow. */
const RATE_WINDOW_MS = 15_000;
/** Silence from which on the estimate is withheld and the silence told instead. */
const SILENT_AFTER_MS = 10_000;

/** An activity after one more update; an update that counts back begins the activity anew. */
export function observe(known: Activity | undefined, latest: ProgressUpdate, now: number): Activity {
  const point = { at: now, done: latest.done };
  if (known === undefined || latest.done < known.latest.done) {
    return { latest, startedAt: now, doneAtStart: latest.done, points: [point] };
  }
  return { ...known, latest, points: [...recent(known.points, now), point] };
}

/** Keeps one point from before the window, or a slow activity would have no rate at all. */
function recent(points: readonly Point[], now: number): readonly Point[] {
  const first = points.findIndex(({ at }) => now - at <= RATE_WINDOW_MS);
  return first === -1 ? points.slice(-1) : points.slice(Math.max(0, first - 1));
}

/** Never of an activity whose total is not known. */
export function isComplete({ latest }: Activity): boolean {
  return latest.total !== undefined && latest.done >= latest.total;
}

/** Per second, in the activity's unit; undefined before anything can be said. */
export function rateOf({ points }: Activity): number | undefined {
  const first = points.at(0);
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 500) return undefined;
  return ((last.done - first.done) * 1000) / (last.at - first.at);
}

/** `dump: 1.2 GB of 3.4 GB (35 %), 52 MB/s, about 42s left` */
export function describeActivity(activity: Activity, now: number): string {
  const { activity: name, done, total, unit } = activity.latest;
  const share = total === undefined || total === 0 ? '' : ` (${Math.floor((done / total) * 100)} %)`;
  const amount =
    total === undefined ? amountOf(done, unit) : `${amountOf(done, unit)} of ${amountOf(total, unit)}`;
  return [`${name}: ${amount}${share}`, ...pace(activity, now)].join(', ');
}

/** `dump: 3.4 GB in 1m 5s, 52 MB/s`: once it is complete, or the command ends. */
export function describeFinished(activity: Activity, now: number): string {
  const { activity: name, done, unit } = activity.latest;
  const seconds = (now - activity.startedAt) / 1000;
  const rate = seconds > 0 ? `, ${rateText((done - activity.doneAtStart) / seconds, unit)}` : '';
  return `${name}: ${amountOf(done, unit)} in ${duration(now - activity.startedAt)}${unit === 'steps' ? '' : rate}`;
}

function pace(activity: Activity, now: number): string[] {
  const { done, total, unit } = activity.latest;
  const silence = now - (activity.points.at(-1)?.at ?? now);
  if (silence >= SILENT_AFTER_MS) return [`nothing new for ${duration(silence)}`];
  const rate = rateOf(activity);
  if (rate === undefined || rate <= 0) return [];
  const left =
    total === undefined ? [] : [`about ${duration(Math.max(1, (total - done) / rate) * 1000)} left`];
  return unit === 'steps' ? left : [rateText(rate, unit), ...left];
}

function amountOf(value: number, unit: ProgressUpdate['unit']): string {
  return unit === 'bytes' ? prettyBytes(value) : `${count(value)} ${unit}`;
}

function rateText(perSecond: number, unit: ProgressUpdate['unit']): string {
  return unit === 'bytes'
    ? `${prettyBytes(Math.round(perSecond))}/s`
    : `${count(Math.round(perSecond))} ${unit}/s`;
}

/** Thousands grouped, in the same way whatever the locale: reports of two machines must compare. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Whole seconds from 1 s on, milliseconds below. */
export function duration(ms: number): string {
  return prettyMs(ms >= 1000 ? Math.round(ms / 1000) * 1000 : Math.round(ms));
}
