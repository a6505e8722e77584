import { z } from 'zod';
import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { type Offsets, offsetsSchema, sortOffsets } from '../core/offsets.ts';
import { raiseFence } from './insert-fence.ts';
import { createRecoverySchema, RECOVERY_SCHEMA } from './recovery-schema.ts';

/**
 * pending: the sink is to be set to these offsets before it may run with this database · set: that was done,
 * and the sink's own commits are the truth since; nobody is to set it again.
 */
export type MarkerState = 'pending' | 'set';

/** The offsets that belong to the database that holds this marker. */
export interface Marker {
  readonly recoveryId: string;
  readonly offsets: Offsets;
  /** See recovery-schema.ts. */
  readonly state: MarkerState;
  /** `host:port/database` in the sink's configuration; undefined: as it is configured. */
  readonly sinkServer: string | undefined;
}

/** Whether a recovery has pointed the sink to the database at `server`. @param server `host:port/database` */
export function pointsSinkTo(marker: Pick<Marker, 'sinkServer'> | undefined, server: string): boolean {
  return marker?.sinkServer === server;
}

/**
 * Whether the marker wants the sink to write to another server than it does; one that names none is content.
 * @param fed `host:port/database` of the sink's configuration; undefined where it names none of PostgreSQL's
 */
export function pointsSinkElsewhere(
  marker: Pick<Marker, 'sinkServer'> | undefined,
  fed: string | undefined,
): boolean {
  return marker?.sinkServer !== undefined && marker.sinkServer !== fed;
}

const row = z.object({
  recovery_id: z.string(),
  offsets: offsetsSchema,
  state: z.enum(['pending', 'set']),
  sink_server: z.string().nullish(),
});

/**
 * The latest marker of the session's database; undefined where there is none.
 * @param lock takes the row FOR UPDATE: of two processes that follow the rule, the second one waits here,
 *   until the first one's transaction has said whether the offsets are set
 */
export async function readMarker(
  session: Session,
  options: { readonly lock?: boolean } = {},
): Promise<Marker | undefined> {
  return await selectMarker(
    session,
    `ORDER BY written_at DESC LIMIT 1 ${options.lock === true ? 'FOR UPDATE' : ''}`,
  );
}

/**
 * Like readMarker, for the user of a backup, who may have no right to read what
 * recoveries keep: then undefined.
 */
export async function readMarkerIfAllowed(session: Session): Promise<Marker | undefined> {
  try {
    return await readMarker(session);
  } catch (error) {
    if (sqlState(error) === SqlState.insufficientPrivilege) return undefined;
    throw error;
  }
}

/** The marker that one recovery has written; the database may have later ones. */
export async function readMarkerOf(session: Session, recoveryId: string): Promise<Marker | undefined> {
  return await selectMarker(session, 'WHERE recovery_id = $1', [recoveryId]);
}

async function selectMarker(
  session: Session,
  rest: string,
  parameters: readonly string[] = [],
): Promise<Marker | undefined> {
  try {
    // The database itself says what it holds: a moment that could not be read here must not pass for none.
    const { rows } = await session.query(
      `SELECT *, CASE WHEN offsets_set_at IS NULL THEN 'pending' ELSE 'set' END AS state
       FROM ${RECOVERY_SCHEMA}.marker ${rest}`,
      [...parameters],
    );
    return rows[0] === undefined ? undefined : parseMarker(rows[0]);
  } catch (error) {
    // A database that no recovery has touched has no such schema.
    const state = sqlState(error);
    if (state === SqlState.undefinedTable || state === SqlState.invalidSchemaName) return undefined;
    throw error;
  }
}

export type MarkerToWrite = Pick<Marker, 'recoveryId' | 'offsets'> & Partial<Pick<Marker, 'sinkServer'>>;

/** The latest one counts, even where the server's clock was set back since another one was written. */
const AFTER_ALL_OTHERS = `greatest(clock_timestamp(),
  (SELECT max(written_at) FROM ${RECOVERY_SCHEMA}.marker) + interval '1 microsecond')`;

/**
 * Writes the marker of a recovery, over one that it may have written before. A pending one fences the
 * database off from sinks (insert-fence.ts): call it in a transaction.
 */
export async function writeMarker(
  session: Session,
  marker: MarkerToWrite,
  state: MarkerState,
): Promise<void> {
  await createRecoverySchema(session);
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.marker (recovery_id, offsets, written_at, offsets_set_at, sink_server)
     VALUES ($1, $2::jsonb, ${AFTER_ALL_OTHERS}, ${offsetsSetAt(state)}, $3)
     ON CONFLICT (recovery_id) DO UPDATE SET offsets = excluded.offsets,
       written_at = excluded.written_at, offsets_set_at = excluded.offsets_set_at,
       sink_server = excluded.sink_server`,
    [marker.recoveryId, JSON.stringify(sortOffsets(marker.offsets)), marker.sinkServer ?? null],
  );
  if (state === 'pending') await raiseFence(session);
}

/** An earlier attempt's marker must not pass for where the sink stands now; benign where there is none. */
export async function forgetMarker(session: Session, recoveryId: string): Promise<void> {
  await createRecoverySchema(session);
  await session.query(`DELETE FROM ${RECOVERY_SCHEMA}.marker WHERE recovery_id = $1`, [recoveryId]);
}

/**
 * A database that was recovered in place is not the live one any more; where the sink
 * stood for it stays noted.
 */
export async function withdrawMarker(session: Session, recoveryId: string): Promise<void> {
  await session.query(`UPDATE ${RECOVERY_SCHEMA}.marker SET sink_server = NULL WHERE recovery_id = $1`, [
    recoveryId,
  ]);
}

/**
 * Says that the sink's own commits are the truth from now on. Call it after the offsets
 * were altered AND read back.
 */
export async function markOffsetsSet(session: Session, recoveryId: string): Promise<void> {
  await session.query(
    `UPDATE ${RECOVERY_SCHEMA}.marker SET offsets_set_at = clock_timestamp()
     WHERE recovery_id = $1 AND offsets_set_at IS NULL`,
    [recoveryId],
  );
}

function offsetsSetAt(state: MarkerState): string {
  return state === 'set' ? 'clock_timestamp()' : 'NULL';
}

function parseMarker(raw: unknown): Marker {
  const { recovery_id, offsets, state, sink_server } = row.parse(raw);
  return {
    recoveryId: recovery_id,
    offsets: sortOffsets(offsets),
    state,
    sinkServer: sink_server ?? undefined,
  };
}
