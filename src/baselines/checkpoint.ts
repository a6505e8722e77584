import type { Session } from '../clients/postgres.ts';
import { OperatorError } from '../core/operator-error.ts';

/**
 * Proves before the pause that the role may CHECKPOINT. It takes the long one now, so that the one of the cut
 * has little left to write.
 * @throws OperatorError with the GRANT
 */
export async function prepareCheckpoint(session: Session): Promise<void> {
  const { rows } = await session.query<{ role: string; allowed: boolean }>(
    `SELECT current_user AS role,
            coalesce((SELECT pg_has_role(current_user, oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_checkpoint'), false)
            OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS allowed`,
  );
  const role = rows[0]?.role ?? '';
  if (rows[0]?.allowed !== true) {
    throw new OperatorError(`the role ${role} may not CHECKPOINT, which comes before a snapshot of volumes`, {
      hint: `GRANT pg_checkpoint TO "${role}"; nothing was stopped`,
    });
  }
  await session.query('CHECKPOINT');
}

/**
 * Brings to disk, in the pause, what the sink has committed, with synchronous_commit off, too. The server
 * that starts from the snapshot then has little to replay.
 * @param fence its transaction goes on, and so do its locks
 */
export async function checkpointAtCut(fence: Session): Promise<void> {
  await fence.query('CHECKPOINT');
}
