import type { Session } from '../../clients/postgres.ts';
import { keepJobs, unscheduleJobs } from '../../live/jobs.ts';
import type { RecoveryState } from '../../live/phase.ts';
import { createRecoverySchema, RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/**
 * Puts the jobs to sleep before timescaledb_post_restore() would start them: retention fires at once,
 * since a restore empties the jobs' statistics. Their flags, and what the baseline holds, are kept in the
 * same transaction. The flags are the manifest's: what is restored may be a copy whose jobs an earlier
 * recovery has put to sleep.
 * @param session in a transaction, with timescaledb.restoring off
 */
export async function keepBaseline(session: Session, manifest: Manifest): Promise<void> {
  await createRecoverySchema(session);
  await keepJobs(session, manifest.jobs);
  await unscheduleJobs(session);
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.base_digest (round, table_name, hour, count, sum)
     SELECT 1, "table", hour, count, sum::numeric
     FROM json_to_recordset($1::json) AS digests("table" text, hour text, count bigint, sum text)`,
    [JSON.stringify(manifest.digests)],
  );
}

/**
 * The commit point of the restore: from here on a run finds it finished.
 * @param place beside: under a name of its own · in-place: under its server's live name
 */
export async function markRestored(
  session: Session,
  { recoveryId, backupId }: Pick<RecoveryState, 'recoveryId' | 'backupId'>,
  place: 'beside' | 'in-place' = 'beside',
): Promise<void> {
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.recovery (recovery_id, backup_id, phase, in_place)
     VALUES ($1, $2, 'restored', $3)`,
    [recoveryId, backupId, place === 'in-place'],
  );
}
