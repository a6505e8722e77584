import type { Session } from '../../clients/postgres.ts';
import { count } from '../../core/activity.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import { VaultPath } from '../../vault/vault.ts';
import { LEFT_OUT } from '../replay/leave-out-decoder.ts';

const TAKE_A_BACKUP =
  'take a backup now: until there is one, a recovery from an older one brings back what was left out';

/** Reasons that a report shows; the table has every record with its own. */
const SHOWN_REASONS = 3;

/**
 * What the replay could not or should not write, for the report: how many records, why, and where they are
 * now.
 * @param session to the recovered database
 */
export async function setAsideRemarks(session: Session, recoveryId: string): Promise<string[]> {
  const { rows } = await session.query<{ reason: string; n: string; first: string }>(
    `SELECT reason, count(*) AS n, min(topic || '-' || partition || ' at ' || record_offset) AS first
     FROM ${RECOVERY_SCHEMA}.quarantine GROUP BY reason ORDER BY count(*) DESC, reason`,
  );
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, { n }) => sum + Number(n), 0);
  const reasons = rows
    .slice(0, SHOWN_REASONS)
    .map(({ reason, n, first }) => `${count(Number(n))} because ${reason} (${first})`);
  const more = rows.length > SHOWN_REASONS ? ['…'] : [];
  const backUp = rows.some(({ reason }) => reason.startsWith(LEFT_OUT)) ? [TAKE_A_BACKUP] : [];
  return [
    ...backUp,
    `${count(total)} records are in no table, but in ${RECOVERY_SCHEMA}.quarantine of the live database and in ${VaultPath.quarantineFile(recoveryId, '')} of the vault: ${[...reasons, ...more].join('; ')}`,
  ];
}
