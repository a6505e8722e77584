import type { Session } from '../clients/postgres.ts';
import type { HourDigest } from './digest.ts';
import { hourDigestsSql } from './digest-sql.ts';

/**
 * The content digest of every (table_name, hour) of msr.cdc_event.
 * @param session with timescaledb.restoring off: with it on, compressed chunks read as empty
 * @param where an SQL condition without parameters of its own, for the callers that read some events only
 */
export async function readDigests(session: Session, where?: string): Promise<HourDigest[]> {
  const { rows } = await session.query<Omit<HourDigest, 'count'> & { readonly count: string }>(
    hourDigestsSql('msr.cdc_event', where),
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
