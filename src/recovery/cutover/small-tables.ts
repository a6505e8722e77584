import { pipeline } from 'node:stream/promises';
import { escapeIdentifier } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { readConfiguration } from '../../backup/contents/database-facts.ts';
import { inTransaction, type Session } from '../../clients/postgres.ts';
import { describeError } from '../../core/operator-error.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import { configurationFault } from '../../validation/checks/configuration.ts';
import { danglingReferences, isSuperuser, referringTables, withoutTriggers } from './silent-triggers.ts';

/** What Kafka does not hold: taken from the old database, where that can be read. */
const SMALL_TABLES = ['session', 'configuration'] as const;

export interface SmallTable {
  readonly table: string;
  readonly from: 'old database' | 'backup';
  /** Why it goes back to the time of the backup. */
  readonly why?: string;
}

/** For a recovery whose old database is gone. */
export function smallTablesFromBackup(why: string): SmallTable[] {
  return SMALL_TABLES.map((table) => ({ table: `msr.${table}`, from: 'backup', why }));
}

/**
 * Replaces the rows of the small tables by those of the old database. A table that is damaged there stays as
 * the backup had it, and the answer says why. Run it twice: before the fence, where a failure costs nothing,
 * and in it, where nobody writes any more.
 * @param old is only read
 */
export async function copySmallTables(old: Session, recovered: Session): Promise<SmallTable[]> {
  const tables: SmallTable[] = [];
  for (const table of SMALL_TABLES) tables.push(await copySmallTable(old, recovered, table));
  return tables;
}

/** As copySmallTables, one of them. */
export async function copySmallTable(
  old: Session,
  recovered: Session,
  table: (typeof SMALL_TABLES)[number],
): Promise<SmallTable> {
  const why = await reasonAgainst(old, recovered, table);
  if (why !== undefined) return { table: `msr.${table}`, from: 'backup', why };
  try {
    await copyRows(old, recovered, table);
    return { table: `msr.${table}`, from: 'old database' };
  } catch (error) {
    if (!(error instanceof LeftAloneError)) throw error;
    return { table: `msr.${table}`, from: 'backup', why: error.message };
  }
}

/** Rows of other tables would refer to none of the copied ones; the copy was rolled back. */
class LeftAloneError extends Error {}

async function reasonAgainst(old: Session, recovered: Session, table: string): Promise<string | undefined> {
  try {
    const [theirs, ours] = [await columns(old, table), await columns(recovered, table)];
    if (theirs.length === 0) return `the old database has no table msr.${table}`;
    if (theirs.join() !== ours.join()) return `its columns differ: ${theirs.join(', ')}`;
    // Reads every row: a damaged page is met here, before anything is replaced.
    await old.query(`SELECT count(t::text) FROM msr.${table} AS t`);
    const referrers = (await isSuperuser(recovered)) ? [] : await referringTables(recovered, table);
    if (referrers.length > 0) {
      return `${referrers.join(', ')} refer to it: only a superuser may replace its rows without theirs`;
    }
    return table === 'configuration' ? await faultOfConfiguration(old, recovered) : undefined;
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return `the old database cannot read it: ${describeError(error)}`;
  }
}

/** One without the keys that MSR had at the backup is damaged; by another MSR could not run. */
async function faultOfConfiguration(old: Session, recovered: Session): Promise<string | undefined> {
  const missing = await missingKeys(old, recovered);
  if (missing !== undefined) return missing;
  const rows = await readConfiguration(old);
  const fault = configurationFault(new Map(rows.map(({ key, value }) => [key, value])));
  return fault === undefined ? undefined : `MSR could not run by that of the old database: ${fault}`;
}

async function missingKeys(old: Session, recovered: Session): Promise<string | undefined> {
  const keys = 'SELECT config_key FROM msr.configuration ORDER BY config_key';
  const theirs = new Set((await old.query<{ config_key: string }>(keys)).rows.map((row) => row.config_key));
  const ours = (await recovered.query<{ config_key: string }>(keys)).rows.map((row) => row.config_key);
  const missing = ours.filter((key) => !theirs.has(key));
  return missing.length === 0 ? undefined : `the old database has lost the keys ${missing.join(', ')}`;
}

async function columns(session: Session, table: string): Promise<string[]> {
  const { rows } = await session.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'msr' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY column_name`,
    [table],
  );
  return rows.map(({ column_name }) => column_name);
}

async function copyRows(old: Session, recovered: Session, table: string): Promise<void> {
  const list = (await columns(old, table)).map(escapeIdentifier).join(', ');
  await inTransaction(recovered, () =>
    withoutTriggers(recovered, table, async () => {
      await recovered.query(`DELETE FROM msr.${table}`);
      await pipeline(
        old.query(copyTo(`COPY (SELECT ${list} FROM msr.${table}) TO STDOUT`)),
        recovered.query(copyFrom(`COPY msr.${table} (${list}) FROM STDIN`)),
      );
      const left = await danglingReferences(recovered, table);
      if (left.length > 0) throw new LeftAloneError(`${left.join(', ')}, since they go back to the backup`);
    }),
  );
  await alignSequences(old, recovered, table);
}

/**
 * Keys that are counted up must go on where the old database had come to: those that a column owns, and those
 * that only its default draws from.
 */
async function alignSequences(old: Session, recovered: Session, table: string): Promise<void> {
  const { rows } = await old.query<{ sequence: string; last: string }>(
    `SELECT DISTINCT format('%I.%I', s.schemaname, s.sequencename) AS sequence, s.last_value::text AS last
     FROM pg_sequences s
     JOIN pg_class q ON q.relname = s.sequencename AND q.relnamespace = s.schemaname::text::regnamespace
     JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.objid = q.oid
                          AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass)
                      OR (d.refclassid = 'pg_class'::regclass AND d.refobjid = q.oid
                          AND d.classid = 'pg_attrdef'::regclass
                          AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = $1::regclass))
     WHERE q.relkind = 'S' AND s.last_value IS NOT NULL`,
    [`msr.${table}`],
  );
  for (const { sequence, last } of rows) {
    // One that is younger than the backup is not there, nor a default that draws from it.
    await recovered.query('SELECT setval(to_regclass($1), $2::bigint) WHERE to_regclass($1) IS NOT NULL', [
      sequence,
      last,
    ]);
  }
}
