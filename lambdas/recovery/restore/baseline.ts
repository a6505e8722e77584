import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients/postgres.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { hourDigestsSql } from '../../ledger/digest-sql.ts';
import type { Manifest } from '../../manifest.ts';
import { compareDigests } from './compare-digests.ts';
import { BaselineMismatchError } from './restore-errors.ts';

export const EVENTS = 'msr.cdc_event';

/**
 * Compares what was restored with the manifest: the rows of every relation, and the content of the events per
 * table and hour.
 * @param session with timescaledb.restoring off: with it on, compressed chunks read as empty
 * @throws BaselineMismatchError
 */
export async function checkBaseline(session: Session, database: string, manifest: Manifest): Promise<void> {
  const rows = await countDifferences(session, manifest.relations);
  if (rows.length > 0) throw new BaselineMismatchError(database, rows);
  const content = compareDigests(manifest.digests, await readDigests(session));
  if (content.length > 0) throw new BaselineMismatchError(database, content);
}

/** The digests of all events, or of those for which an SQL condition holds. */
export async function readDigests(session: Session, where?: string): Promise<HourDigest[]> {
  const { rows } = await session.query<{ table: string; hour: string; count: string; sum: string }>(
    hourDigestsSql(EVENTS, where),
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

async function countDifferences(session: Session, relations: Manifest['relations']): Promise<string[]> {
  const differences: string[] = [];
  for (const { name, rows: expected } of relations) {
    const { rows } = await session.query<{ n: string }>(`SELECT count(*) AS n FROM ${quoted(name)}`);
    const found = Number(rows[0]?.n);
    if (found !== expected) differences.push(`${name} has ${found} rows instead of ${expected}`);
  }
  return differences;
}

/** `schema.name`, or a name of schema msr. */
function quoted(name: string): string {
  const parts = name.includes('.') ? name.split('.') : ['msr', name];
  return parts.map(escapeIdentifier).join('.');
}
