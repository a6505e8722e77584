import { countHeldRows } from '../../backup/cut/held-rows.ts';
import type { Session } from '../../clients/postgres.ts';
import { parseOffset } from '../../core/offsets.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { BatchRow } from './batch.ts';
import { type OverlapContent, type Split, splitHeld } from './split-held.ts';

/** By content, how many records before the overlap own a row of it. */
export type Twins = ReadonlyMap<bigint, number>;

/**
 * Splits a batch of the overlap by what the dump holds, and notes in the same transaction what of it is
 * taken: a crash takes nothing twice. A content's rows are counted when it is met first. They are the
 * dump's: nothing but the overlap was written so far, and of this content nothing.
 */
export async function takeHeld(
  session: Session,
  batch: readonly BatchRow[],
  twins: Twins,
): Promise<Split<BatchRow>> {
  if (batch.length === 0) return { held: [], rest: [], contents: [] };
  const hashed = batch.map((event) => ({ event, hash: event.row.hash }));
  const hashes = [...new Set(hashed.map(({ hash }) => hash))];
  const known = await readContents(session, hashes);
  const unmet = hashed.filter(({ hash }) => !known.has(hash));
  if (unmet.length > 0) {
    const rows = await countHeldRows(
      session,
      unmet.map(({ event }) => ({ timestampMicros: microsOf(event.row.millis) })),
    );
    for (const { hash } of unmet) {
      const counted = { rows: rows.get(hash) ?? 0, twins: twins.get(hash) ?? 0 };
      known.set(hash, { hash, ...counted, records: 0, taken: 0 });
    }
  }
  const split = splitHeld(hashed, known);
  await writeContents(session, split.contents);
  return split;
}

function microsOf(millis: number | null): bigint | null {
  return millis === null ? null : BigInt(millis) * 1_000n;
}

async function readContents(
  session: Session,
  hashes: readonly bigint[],
): Promise<Map<bigint, OverlapContent>> {
  const { rows } = await session.query<Record<'hash' | 'rows' | 'twins' | 'records' | 'taken', string>>(
    `SELECT hash::text, dump_rows::text AS rows, twins::text, records::text, taken::text
     FROM ${RECOVERY_SCHEMA}.overlap WHERE hash = ANY ($1::bigint[])`,
    [hashes.map(String)],
  );
  return new Map(
    rows.map((row) => [
      BigInt(row.hash),
      {
        hash: BigInt(row.hash),
        ...{ rows: parseOffset(row.rows), twins: parseOffset(row.twins) },
        ...{ records: parseOffset(row.records), taken: parseOffset(row.taken) },
      },
    ]),
  );
}

async function writeContents(session: Session, contents: readonly OverlapContent[]): Promise<void> {
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.overlap (hash, dump_rows, twins, records, taken)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
     ON CONFLICT (hash) DO UPDATE SET records = excluded.records, taken = excluded.taken`,
    [
      contents.map(({ hash }) => hash.toString()),
      contents.map(({ rows }) => rows),
      contents.map(({ twins }) => twins),
      contents.map(({ records }) => records),
      contents.map(({ taken }) => taken),
    ],
  );
}
