import { type Session, SqlState, sqlState } from '../../../clients/postgres.ts';
import { momentText } from '../../../ledger/hour-ranges.ts';

/** The events of one table in five minutes. */
export interface ActivityBin {
  readonly table: string;
  /** When the bin begins, in seconds since 1970. */
  readonly at: number;
  readonly events: number;
  readonly deletes: number;
}

/** Events of one table whose states have the same keys with values of the same types. */
export interface ShapeCount {
  readonly table: string;
  /** Types by key, as JSON writes them. */
  readonly shape: Readonly<Record<string, string>>;
  /** The first of them, ISO 8601. */
  readonly first: string;
  readonly events: number;
}

/** What the events of a stretch of time look like. */
export interface Activity {
  readonly bins: readonly ActivityBin[];
  readonly shapes: readonly ShapeCount[];
  /** Hours looked at, from now on backwards: of the bins, and of the shapes. */
  readonly hours: { readonly bins: number; readonly shapes: number };
}

/** How much is looked at. */
export interface ActivityBounds {
  readonly hours: number;
  /**
   * For counting operations, and for looking into states; what a slice has begun when they are over is given
   * up.
   */
  readonly binMillis: number;
  readonly shapeMillis: number;
}

export const BIN_SECONDS = 300;
const HOUR_MS = 3_600_000;

/** The newest hours first, as many as there is time for. */
export async function readActivity(session: Session, bounds: ActivityBounds): Promise<Activity> {
  const { rows } = await session.query<{ now: string }>('SELECT extract(epoch FROM now())::text AS now');
  // The next hour, too: a source's clock may be ahead.
  const end = Math.ceil(Number(rows[0]?.now) / 3600) * HOUR_MS + HOUR_MS;
  const bins = await readSlices(session, end, bounds.hours, bounds.binMillis, readBins);
  const shapes = await readSlices(session, end, bounds.hours, bounds.shapeMillis, readShapes);
  return { bins: bins.rows, shapes: shapes.rows, hours: { bins: bins.hours, shapes: shapes.hours } };
}

type ReadSlice<T> = (session: Session, condition: string) => Promise<T[]>;

async function readSlices<T>(
  session: Session,
  end: number,
  most: number,
  millis: number,
  read: ReadSlice<T>,
): Promise<{ readonly rows: T[]; readonly hours: number }> {
  const until = performance.now() + millis;
  const rows: T[] = [];
  for (let hours = 0; hours <= most; hours++) {
    const left = Math.floor(until - performance.now());
    const slice = left > 0 ? await readInTime(session, end - hours * HOUR_MS, left, read) : undefined;
    if (slice === undefined) return { rows, hours };
    rows.push(...slice);
  }
  return { rows, hours: most };
}

async function readInTime<T>(
  session: Session,
  end: number,
  millis: number,
  read: ReadSlice<T>,
): Promise<T[] | undefined> {
  // Constants, so that the planner excludes every other chunk.
  const condition = `event_timestamp >= '${momentText(end - HOUR_MS)}' AND event_timestamp < '${momentText(end)}'`;
  await session.query(`SET statement_timeout = ${millis}`);
  try {
    return await read(session, condition);
  } catch (error) {
    if (sqlState(error) === SqlState.queryCanceled) return undefined;
    throw error;
  } finally {
    // A connection that broke has its own error to tell.
    await session.query('SET statement_timeout = 0').catch(() => {});
  }
}

async function readBins(session: Session, condition: string): Promise<ActivityBin[]> {
  const { rows } = await session.query<Record<'at' | 'events' | 'deletes', string> & { table: string }>(
    `SELECT coalesce(table_name, '') AS "table",
            floor(extract(epoch FROM event_timestamp) / ${BIN_SECONDS}) * ${BIN_SECONDS} AS at,
            count(*) AS events, count(*) FILTER (WHERE op = 'd') AS deletes
     FROM msr.cdc_event WHERE ${condition} GROUP BY 1, 2`,
  );
  return rows.map(({ table, at, events, deletes }) => ({
    ...{ table, at: Number(at), events: Number(events), deletes: Number(deletes) },
  }));
}

/** States with keys of their own have as many shapes as there are: more than these say nothing. */
const MOST_SHAPES = 500;

/** A deleted entity's last state is no news. */
async function readShapes(session: Session, condition: string): Promise<ShapeCount[]> {
  const { rows } = await session.query<{
    table: string;
    shape: Record<string, string>;
    first: Date;
    events: string;
  }>(
    `SELECT "table", shape, min(event_timestamp) AS first, count(*) AS events
     FROM (SELECT coalesce(table_name, '') AS "table", event_timestamp,
                  (SELECT jsonb_object_agg(k, jsonb_typeof(v)) FROM jsonb_each(entity_state) AS each (k, v)) AS shape
           FROM msr.cdc_event
           WHERE ${condition} AND op <> 'd' AND jsonb_typeof(entity_state) = 'object') AS shaped
     WHERE shape IS NOT NULL GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT ${MOST_SHAPES}`,
  );
  return rows.map(({ table, shape, first, events }) => ({
    ...{ table, shape, first: first.toISOString(), events: Number(events) },
  }));
}

/** Deletes of a table, second by second, in two bins: the one before, and the one that begins there. */
export async function readDeletes(
  session: Session,
  { table, at }: Pick<ActivityBin, 'table' | 'at'>,
): Promise<Array<{ readonly at: number; readonly deletes: number }>> {
  const { rows } = await session.query<{ at: string; deletes: string }>(
    `SELECT floor(extract(epoch FROM event_timestamp)) AS at, count(*) AS deletes
     FROM msr.cdc_event
     WHERE table_name = $1 AND op = 'd'
       AND event_timestamp >= '${momentText((at - BIN_SECONDS) * 1000)}'
       AND event_timestamp < '${momentText((at + BIN_SECONDS) * 1000)}'
     GROUP BY 1 ORDER BY 1`,
    [table],
  );
  return rows.map((row) => ({ at: Number(row.at), deletes: Number(row.deletes) }));
}
