import type { Activity, ActivityBin, ShapeCount } from './read-activity.ts';

/** States of one table that look otherwise from a moment on. */
export interface ChangedShape {
  readonly table: string;
  /** ISO 8601. */
  readonly at: string;
  readonly events: number;
  /** What differs from before, in a few words. */
  readonly text: string;
}

/** Fewer events before it say nothing of what is usual. */
const FEWEST_BEFORE = 50;
const FEWEST_SINCE = 20;
/** A share of the table's events since: sparse keys bring rare shapes all the time. */
const SHARE = 0.2;

/** The first changed shape of each table. Pure. */
export function changedShapes({ shapes, bins }: Pick<Activity, 'shapes' | 'bins'>): ChangedShape[] {
  return [...Map.groupBy(merged(shapes), ({ table }) => table)].flatMap(([table, ofTable]) => {
    const ordered = ofTable.toSorted((a, b) => (a.first < b.first ? -1 : 1));
    const changed = ordered.find((shape) => isNew(shape, ordered, bins));
    if (changed === undefined) return [];
    const [before] = earlier(changed, ordered).toSorted((a, b) => b.events - a.events);
    const text = before === undefined ? '' : difference(before.shape, changed.shape);
    return [{ table, at: changed.first, events: changed.events, text }];
  });
}

/** A shape stands once for each hour. */
function merged(shapes: readonly ShapeCount[]): ShapeCount[] {
  const byShape = Map.groupBy(shapes, ({ table, shape }) => JSON.stringify([table, shape]));
  return [...byShape.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const all = [first, ...others];
    return [
      {
        ...first,
        first: all.map((each) => each.first).sort()[0] ?? first.first,
        events: all.reduce((sum, { events }) => sum + events, 0),
      },
    ];
  });
}

function earlier(shape: ShapeCount, ordered: readonly ShapeCount[]): ShapeCount[] {
  return ordered.filter(({ first }) => first < shape.first);
}

function isNew(shape: ShapeCount, ordered: readonly ShapeCount[], bins: readonly ActivityBin[]): boolean {
  const seconds = Date.parse(shape.first) / 1000;
  const ofTable = bins.filter(({ table }) => table === shape.table);
  const before = sum(ofTable.filter(({ at }) => at < seconds).map(({ events }) => events));
  const since = sum(ofTable.filter(({ at }) => at >= seconds).map(({ events }) => events));
  return (
    earlier(shape, ordered).length > 0 &&
    before >= FEWEST_BEFORE &&
    shape.events >= FEWEST_SINCE &&
    shape.events >= SHARE * since
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const SHOWN = 3;

function difference(before: ShapeCount['shape'], now: ShapeCount['shape']): string {
  const missing = Object.keys(before).filter((key) => !(key in now));
  const added = Object.keys(now).filter((key) => !(key in before));
  const other = Object.keys(now).filter((key) => key in before && before[key] !== now[key]);
  const parts = [
    ...missing.map((key) => `${JSON.stringify(key)} is missing`),
    ...other.map((key) => `${JSON.stringify(key)} is ${now[key]}, was ${before[key]}`),
    ...added.map((key) => `${JSON.stringify(key)} is new`),
  ];
  return [...parts.slice(0, SHOWN), ...(parts.length > SHOWN ? ['…'] : [])].join(', ');
}
