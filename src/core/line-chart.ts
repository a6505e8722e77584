/** A line of a chart: its points in time, null where nothing is known. */
export interface ChartPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number | null;
}

const WIDTH = 600;
const HEIGHT = 90;
/** More time between two points than this is a gap: nobody looked. */
const GAP_MS = 2 * 3_600_000;

/**
 * A span of time as an inline SVG: a line, broken where nothing is known, with its largest value and its
 * bound in words. Pure; what it is given as text is markup already.
 * @param from and `to` in milliseconds since the epoch
 */
export function lineChart(
  points: readonly ChartPoint[],
  {
    from,
    to,
    title,
    tell,
    ends = ['24 h ago', 'now'],
  }: {
    readonly from: number;
    readonly to: number;
    readonly title: string;
    readonly tell: (value: number) => string;
    /** What stands at its ends. @default a day */
    readonly ends?: readonly [string, string];
  },
): string {
  const known = points.filter((point): point is { at: number; value: number } => point.value !== null);
  const most = Math.max(1, ...known.map(({ value }) => value));
  const x = (at: number) => (((at - from) / Math.max(1, to - from)) * WIDTH).toFixed(1);
  const y = (value: number) => (HEIGHT - 4 - (value / most) * (HEIGHT - 18)).toFixed(1);
  const lines = segments(points).map((segment) =>
    segment.length === 1
      ? segment.map(({ at, value }) => `<circle cx="${x(at)}" cy="${y(value)}" r="1.5"/>`).join('')
      : `<polyline points="${segment.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')}"/>`,
  );
  const last = known.at(-1);
  const told =
    last === undefined
      ? 'nothing is known yet'
      : `${ends[1]} ${tell(last.value)}, at most ${tell(Math.max(...known.map(({ value }) => value)))}`;
  return `<figure><figcaption>${title}: ${told}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${told}" preserveAspectRatio="none"><line x1="0" y1="${HEIGHT - 4}" x2="${WIDTH}" y2="${HEIGHT - 4}" class="axis"/>${lines.join('')}</svg><div class="ends"><span>${ends[0]}</span><span>${ends[1]}</span></div></figure>`;
}

function segments(points: readonly ChartPoint[]): { at: number; value: number }[][] {
  const found: { at: number; value: number }[][] = [];
  let last: number | undefined;
  for (const { at, value } of points) {
    if (value === null) last = undefined;
    else {
      if (last === undefined || at - last > GAP_MS) found.push([]);
      found.at(-1)?.push({ at, value });
      last = at;
    }
  }
  return found;
}
