import { isoMomentSql } from '../../clients/moment-sql.ts';
import type { Session } from '../../clients/postgres.ts';
import { oneRow } from '../check.ts';
import type { KnownEntity, KnownEvent, KnownEvents } from './compare-replay.ts';

/** A span of time of the newest events, and the entities whose state is known at its end. */
export interface ReplaySpan {
  /** ISO 8601, to the millisecond; no event of the span lies at either. */
  readonly start: string;
  readonly end: string;
  readonly entities: ReadonlyArray<{ readonly entityId: string; readonly tableName: string }>;
}

/** How many of the newest events the span begins with; it holds more where they share a moment. */
const NEWEST = 20;
/** Some of the span, and some of the oldest states that MSR keeps: what the baseline brought back. */
const NEWEST_ENTITIES = 20;
const OLDEST_ENTITIES = 5;

/**
 * Events come in while one looks, late ones too: the span ends a little before the server's now. Where the
 * source's clock runs ahead, so that all of them are later, it is the newest of all.
 */
const NEWEST_SQL = `
SELECT ${isoMomentSql("(min(at) - interval '1 millisecond')")} AS start,
       ${isoMomentSql("(max(at) + interval '1 millisecond')")} AS "end"
FROM (SELECT date_trunc('milliseconds', event_timestamp) AS at FROM msr.cdc_event
      WHERE event_timestamp < $1 ORDER BY event_timestamp DESC LIMIT ${NEWEST}) AS newest`;

/** undefined: there are no events. */
export async function findSpan(session: Session): Promise<ReplaySpan | undefined> {
  const { settled } = await oneRow<{ settled: string }>(
    session,
    `SELECT (now() - interval '5 seconds')::text AS settled`,
  );
  const span = (await newestBefore(session, settled)) ?? (await newestBefore(session, 'infinity'));
  if (span === undefined) return undefined;
  return { ...span, entities: await someEntities(session, span) };
}

async function newestBefore(session: Session, before: string) {
  const { rows } = await session.query<{ start: string | null; end: string | null }>(NEWEST_SQL, [before]);
  const [row] = rows;
  return row?.start == null || row.end === null ? undefined : { start: row.start, end: row.end };
}

async function someEntities(
  session: Session,
  { start, end }: Pick<ReplaySpan, 'start' | 'end'>,
): Promise<ReplaySpan['entities']> {
  const { rows } = await session.query<{ entityId: string; tableName: string }>(
    `(SELECT entity_id AS "entityId", table_name AS "tableName" FROM msr.cdc_event
      WHERE event_timestamp > $1 AND event_timestamp < $2 AND entity_id IS NOT NULL AND table_name IS NOT NULL
      GROUP BY entity_id, table_name ORDER BY max(event_timestamp) DESC LIMIT ${NEWEST_ENTITIES})
     UNION
     (SELECT entity_id, table_name FROM msr.current_earliest_snapshot LIMIT ${OLDEST_ENTITIES})`,
    [start, end],
  );
  return rows;
}

/** More events than this are not compared one by one. */
export const MOST_EVENTS = 5_000;

/** undefined: more than MOST_EVENTS share the span. */
export async function knownEvents(
  session: Session,
  { start, end }: ReplaySpan,
): Promise<KnownEvents | undefined> {
  const { rows } = await session.query<Omit<KnownEvent, 'at'> & { at: string }>(
    `SELECT entity_id AS "entityId", table_name AS "tableName", op, entity_state::text AS state,
            ${isoMomentSql('event_timestamp')} AS at
     FROM msr.cdc_event WHERE event_timestamp >= $1 AND event_timestamp <= $2 LIMIT ${MOST_EVENTS + 1}`,
    [start, end],
  );
  if (rows.length > MOST_EVENTS) return undefined;
  const edges = [Date.parse(start), Date.parse(end)];
  const events = rows.map((row) => ({ ...row, at: Date.parse(row.at) }));
  return {
    within: events.filter(({ at }) => !edges.includes(at)),
    atEdges: events.filter(({ at }) => edges.includes(at)),
  };
}

/** Each entity at the span's end; one whose last event cannot be told from another is left out. */
export async function knownEntities(session: Session, span: ReplaySpan): Promise<KnownEntity[]> {
  const known: KnownEntity[] = [];
  for (const entity of span.entities) {
    const states =
      (await stateByEvents(session, entity, span.end)) ?? (await stateBySnapshot(session, entity));
    if (states !== 'unclear') known.push({ ...entity, states });
  }
  return known;
}

type Entity = ReplaySpan['entities'][number];

/** As many events of one moment are told apart no more. */
const MOST_TIES = 10;

interface LastEvent {
  readonly op: string | null;
  readonly state: string | null;
  readonly last: boolean;
  readonly edge: boolean;
  /** It came after the snapshot of its time was built; null: there is none. */
  readonly late: boolean | null;
}

/** undefined: the entity has no event up to then. */
async function stateByEvents(
  session: Session,
  { entityId, tableName }: Entity,
  end: string,
): Promise<KnownEntity['states'] | 'unclear' | undefined> {
  const { rows } = await session.query<LastEvent>(
    `SELECT op, entity_state::text AS state, event_timestamp = max(event_timestamp) OVER () AS last,
            event_timestamp = $3 AS edge, event_timestamp <= (SELECT cutoff_time FROM msr.snapshot_pointer WHERE id = 1) AS late
     FROM (SELECT op, entity_state, event_timestamp FROM msr.cdc_event
           WHERE entity_id = $1 AND table_name = $2 AND event_timestamp <= $3
           ORDER BY event_timestamp DESC LIMIT ${MOST_TIES}) AS latest`,
    [entityId, tableName, end],
  );
  const latest = rows.filter(({ last }) => last);
  if (latest.length === 0) return undefined;
  if (latest.length === MOST_TIES || latest.some(({ edge, late }) => edge || late === true)) {
    return 'unclear';
  }
  const deleted = latest.filter(({ op }) => op?.trim() === 'd').length;
  if (deleted === latest.length) return 'deleted';
  return deleted > 0 ? 'unclear' : latest.map(({ state }) => state);
}

async function stateBySnapshot(
  session: Session,
  { entityId, tableName }: Entity,
): Promise<KnownEntity['states'] | 'unclear'> {
  const { rows } = await session.query<{ state: string | null }>(
    `SELECT entity_state::text AS state FROM msr.current_earliest_snapshot
     WHERE entity_id = $1 AND table_name = $2`,
    [entityId, tableName],
  );
  return rows.length === 1 ? rows.map(({ state }) => state) : 'unclear';
}
