import type { Session } from '../clients/postgres.ts';
import type { HourDigest } from './digest.ts';
import { hourDigestsSql, newDigestsSql } from './digest-sql.ts';

/**
 * The content digest of every (table_name, hour) of msr.cdc_event.
 * @param session with timescaledb.restoring off: with it on, compressed chunks read as empty
 * @param where an SQL condition without parameters of its own, for the callers that read some events only
 */
export async function readDigests(session: Session, where?: string): Promise<HourDigest[]> {
  return await query(session, hourDigestsSql('msr.cdc_event', where));
}

/**
 * Per (table_name, hour) the count of all rows and the digest of the new ones alone.
 * @throws DatabaseError 42P10 where one of the chunks is compressed
 */
export async function readNewDigests(session: Session, where: string, since: string): Promise<HourDigest[]> {
  return await query(session, newDigestsSql('msr.cdc_event', where, since));
}

async function query(session: Session, sql: string): Promise<HourDigest[]> {
  const { rows } = await session.query<Omit<HourDigest, 'count'> & { readonly count: string }>(sql);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
