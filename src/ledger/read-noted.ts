import type { Session } from '../clients/postgres.ts';
import { RECOVERY_SCHEMA } from '../live/recovery-schema.ts';
import type { HourDigest } from './digest.ts';

/**
 * What the replay noted of a round, in the transactions that wrote the rows.
 * @param hours only these; undefined: all
 */
export async function readNoted(
  session: Session,
  relation: 'base_digest' | 'gained' | 'elsewhere',
  round: number,
  hours?: readonly string[],
): Promise<HourDigest[]> {
  const { rows } = await session.query<Omit<HourDigest, 'count'> & { readonly count: string }>(
    `SELECT table_name AS "table", hour, count, sum::text FROM ${RECOVERY_SCHEMA}.${relation}
     WHERE round = $1 AND ($2::text[] IS NULL OR hour = ANY ($2))`,
    [round, hours ?? null],
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
