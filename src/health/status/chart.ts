import type { ChartPoint } from '../../core/line-chart.ts';

/** What came in between two points, a second; null where the sum went back: a topic was made anew. Pure. */
export function rates(points: readonly ChartPoint[]): ChartPoint[] {
  return points.slice(1).map(({ at, value }, i) => {
    const before = points[i];
    if (value === null || before === undefined || before.value === null || at <= before.at)
      return { at, value: null };
    const gained = value - before.value;
    return { at, value: gained < 0 ? null : (gained * 1000) / (at - before.at) };
  });
}
