import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { RECOVERY_PHASES, RECOVERY_SCHEMA, type RecoveryPhase } from './recovery-schema.ts';

/** What a recovered database says of itself. */
export interface RecoveryState {
  readonly recoveryId: string;
  readonly backupId: string;
  readonly phase: RecoveryPhase;
  readonly round: number;
  /**
   * It holds the live name of its server all along: not that name makes it live, but
   * its marker (live-server.ts).
   */
  readonly inPlace: boolean;
}

/** undefined where no recovery has finished restoring the session's database. */
export async function readRecoveryState(session: Session): Promise<RecoveryState | undefined> {
  try {
    const { rows } = await session.query<RecoveryState>(
      `SELECT recovery_id AS "recoveryId", backup_id AS "backupId", phase, round,
              coalesce((to_jsonb(recovery) ->> 'in_place')::boolean, false) AS "inPlace"
       FROM ${RECOVERY_SCHEMA}.recovery ORDER BY updated_at DESC LIMIT 1`,
    );
    return rows[0];
  } catch (error) {
    const state = sqlState(error);
    if (state === SqlState.undefinedTable || state === SqlState.invalidSchemaName) return undefined;
    throw error;
  }
}

/** Moves the recovery on; never back. */
export async function setPhase(session: Session, recoveryId: string, phase: RecoveryPhase): Promise<void> {
  const earlier = RECOVERY_PHASES.slice(0, RECOVERY_PHASES.indexOf(phase));
  await session.query(
    `UPDATE ${RECOVERY_SCHEMA}.recovery SET phase = $2, updated_at = clock_timestamp()
     WHERE recovery_id = $1 AND phase = ANY($3)`,
    [recoveryId, phase, earlier],
  );
}

/** Whether `phase` is `wanted` or lies beyond it. */
export function hasReached(phase: RecoveryPhase, wanted: RecoveryPhase): boolean {
  return RECOVERY_PHASES.indexOf(phase) >= RECOVERY_PHASES.indexOf(wanted);
}
