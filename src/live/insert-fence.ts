import { escapeLiteral } from 'pg';
import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { RECOVERY_SCHEMA } from './recovery-schema.ts';

/** The trigger's name: a restore leaves it out, since backups leave its function out (recovery-schema.ts). */
export const FENCE_TRIGGER = 'msr_recovery_fence';
const FENCED_TABLE = 'msr.cdc_event';

/**
 * While the latest marker is pending, whoever inserts is refused but ourselves: a sink that somebody else
 * resumes (an operator's reconciler, a script) would write into this database from offsets that are not its
 * own. The function asks the marker, so that the fence falls in the very transaction that says the offsets
 * are set; its owner reads it, since the sink's user may not.
 */
const FENCE_SQL = `
CREATE OR REPLACE FUNCTION ${RECOVERY_SCHEMA}.refuse_unset_sink() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $fence$
DECLARE waiting text;
BEGIN
  SELECT m.recovery_id INTO waiting
  FROM (SELECT * FROM ${RECOVERY_SCHEMA}.marker ORDER BY written_at DESC LIMIT 1) AS m
  WHERE m.offsets_set_at IS NULL;
  IF waiting IS NOT NULL AND current_setting('application_name') NOT LIKE 'msr %' THEN
    RAISE EXCEPTION 'the offsets of the sink are not yet set for this database (recovery %)', waiting
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'leave the sink stopped: the recovery sets its offsets and resumes it';
  END IF;
  RETURN NULL;
END $fence$;
CREATE OR REPLACE TRIGGER ${FENCE_TRIGGER} BEFORE INSERT ON ${FENCED_TABLE}
FOR EACH STATEMENT EXECUTE FUNCTION ${RECOVERY_SCHEMA}.refuse_unset_sink();`;

/**
 * Fences msr.cdc_event for as long as the latest marker is pending. Nothing happens where the session's user
 * may not: then the marker alone says what is to be done, as it does for whoever cannot read it.
 * @param session in the transaction that writes the marker
 */
export async function raiseFence(session: Session): Promise<void> {
  const { rows } = await session.query<{ allowed: boolean | null }>(
    `SELECT has_table_privilege(to_regclass(${escapeLiteral(FENCED_TABLE)}), 'TRIGGER') AS allowed`,
  );
  if (rows[0]?.allowed === true) await session.query(FENCE_SQL);
}

/** How long readers of the events may be kept waiting for the trigger's removal. */
const REMOVAL_WAIT_MS = 500;

/**
 * Removes the trigger of a fence that has fallen: to drop it waits for readers, and
 * readers behind it wait, too.
 * @returns false where they kept it busy, or the user may not: it does nothing any more, and
 *   costs a look at a table
 */
export async function removeFence(session: Session): Promise<boolean> {
  try {
    await session.query(`SET lock_timeout = ${REMOVAL_WAIT_MS}`);
    await session.query(`DROP TRIGGER IF EXISTS ${FENCE_TRIGGER} ON ${FENCED_TABLE}`);
    return true;
  } catch (error) {
    const state = sqlState(error);
    if (state === SqlState.lockNotAvailable || state === SqlState.insufficientPrivilege) return false;
    throw error;
  } finally {
    await session.query('RESET lock_timeout');
  }
}
