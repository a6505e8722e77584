import { inTransaction, type Session } from '../clients/postgres.ts';
import { RECOVERY_SCHEMA } from '../live/recovery-schema.ts';

export interface Round {
  readonly round: number;
  /** The transaction that began it, as PostgreSQL's xid: rows that are newer were written in the round. */
  readonly since: string;
}

/**
 * Begins the next round on what the present one was proven to hold. Only for a database that nobody
 * but the replayer writes to.
 * @param session to the recovered database, as its owner or a superuser
 */
export async function beginNextRound(session: Session): Promise<Round> {
  return await inTransaction(session, async () => {
    const { rows } = await session.query<Round>(
      `UPDATE ${RECOVERY_SCHEMA}.recovery SET round = round + 1, updated_at = clock_timestamp()
       RETURNING round, pg_current_xact_id()::xid::text AS since`,
    );
    const [begun] = rows;
    if (begun === undefined) throw new Error('the recovered database holds no recovery');
    await session.query(
      `INSERT INTO ${RECOVERY_SCHEMA}.base_digest (round, table_name, hour, count, sum)
       SELECT $1, table_name, hour, sum(count), sum(sum)
       FROM (SELECT table_name, hour, count, sum FROM ${RECOVERY_SCHEMA}.base_digest WHERE round = $1 - 1
             UNION ALL
             SELECT table_name, hour, count, sum FROM ${RECOVERY_SCHEMA}.gained WHERE round = $1 - 1) AS proven
       GROUP BY 2, 3`,
      [begun.round],
    );
    return begun;
  });
}
