import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { inTransaction, type Session, withSession } from '../../clients/postgres.ts';
import { newId } from '../../core/ids.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import type { DatabaseServers } from '../../settings/settings.ts';
import { readJson, writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { withoutTriggers } from '../cutover/silent-triggers.ts';
import type { CopyBlock } from './copy-block.ts';
import { differingColumns, type SessionChange, sessionChangeSchema } from './session-changes.ts';

const restoredSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  backupId: z.string(),
  restoredAt: z.iso.datetime(),
  sessions: z.array(sessionChangeSchema),
});

/** What a restore of sessions has changed: what its undo goes by. */
export type RestoredSessions = z.infer<typeof restoredSchema>;

/**
 * What differs from the sessions of a backup. Sessions that only the live database has are later ones, and
 * stay.
 */
export async function diffSessions(servers: DatabaseServers, saved: CopyBlock): Promise<SessionChange[]> {
  return await inLive(servers, (session) => changesIn(session, saved));
}

/**
 * Adds what is missing and sets back what differs, in one transaction; the rows from before are in the vault
 * before it commits. What has changed since the diff is taken as it is now: users go on meanwhile.
 * @param wanted ids; what else differs is left alone
 */
export async function restoreSessions(
  vault: Vault,
  servers: DatabaseServers,
  { backupId, saved, wanted }: { backupId: string; saved: CopyBlock; wanted: ReadonlySet<string> },
): Promise<RestoredSessions> {
  const now = new Date();
  return await inLive(servers, async (session) => {
    await session.query('LOCK TABLE msr.session IN SHARE ROW EXCLUSIVE MODE');
    const sessions = (await changesIn(session, saved)).filter(({ id }) => wanted.has(id));
    const columns = await writableColumns(session);
    // Whatever a trigger makes of a row it had made of it before.
    await withoutTriggers(session, 'session', async () => {
      for (const { id, live, backup } of sessions) {
        await (live === null ? insertRow(session, columns, backup) : updateRow(session, columns, id, backup));
      }
    });
    const restored = {
      version: 1,
      id: newId(now),
      backupId,
      restoredAt: now.toISOString(),
      sessions,
    } as const;
    await writeJson(vault, VaultPath.sessionRestore(restored.id), restored, { ifAbsent: true });
    return restored;
  });
}

/** undefined where no sessions were restored under this id. */
export async function findRestoredSessions(vault: Vault, id: string): Promise<RestoredSessions | undefined> {
  const found = await readJson(vault, VaultPath.sessionRestore(id), restoredSchema, {
    hint: 'use the version of msr that wrote it, or set the rows by hand',
  });
  return found?.value;
}

/**
 * Puts the rows from before a restore back; sessions that it has added are removed.
 * @throws OperatorError where a row is no longer as the restore left it: nothing is changed then
 */
export async function undoSessions(servers: DatabaseServers, { sessions }: RestoredSessions): Promise<void> {
  await inLive(servers, async (session) => {
    await session.query('LOCK TABLE msr.session IN SHARE ROW EXCLUSIVE MODE');
    const columns = await writableColumns(session);
    for (const { id, backup } of sessions) {
      const { rows } = await session.query(
        'SELECT FROM msr.session AS t WHERE id::text = $1 AND t::text = $2',
        [id, backup],
      );
      if (rows.length !== 1) throw changedSince(id);
    }
    const added = sessions.filter(({ live }) => live === null).map(({ id }) => id);
    await session.query('DELETE FROM msr.session WHERE id::text = ANY ($1)', [added]);
    await withoutTriggers(session, 'session', async () => {
      for (const { id, live } of sessions) {
        if (live !== null) await updateRow(session, columns, id, live);
      }
    });
  });
}

function changedSince(id: string): OperatorError {
  return new OperatorError(`session ${id} has changed since the restore: its user has gone on in it`, {
    hint: 'nothing was changed; the rows from before are in `configurations/` of the vault, set what you want of them by hand',
  });
}

async function inLive<T>(servers: DatabaseServers, work: (session: Session) => Promise<T>): Promise<T> {
  const url = await liveDatabaseUrl(servers);
  return await withSession(url, { purpose: 'sessions' }, (session) =>
    inTransaction(session, () => work(session)),
  );
}

interface DifferingRow {
  readonly id: string;
  readonly live: string | null;
  readonly backup: string;
  readonly liveShown: Readonly<Record<string, unknown>> | null;
  readonly backupShown: Readonly<Record<string, unknown>>;
}

async function changesIn(session: Session, saved: CopyBlock): Promise<SessionChange[]> {
  await session.query('CREATE TEMPORARY TABLE msr_saved_session (LIKE msr.session) ON COMMIT DROP');
  await requireSameColumns(session, saved);
  const list = saved.columns.map(escapeIdentifier).join(', ');
  await pipeline(
    Readable.from([Buffer.from(saved.rows)]),
    session.query(copyFrom(`COPY pg_temp.msr_saved_session (${list}) FROM STDIN`)),
  );
  const { rows } = await session.query<DifferingRow>(
    `SELECT b.id::text AS id, b::text AS backup, to_jsonb(b) AS "backupShown",
            CASE WHEN l.id IS NOT NULL THEN l::text END AS live,
            CASE WHEN l.id IS NOT NULL THEN to_jsonb(l) END AS "liveShown"
     FROM pg_temp.msr_saved_session AS b LEFT JOIN msr.session AS l ON l.id = b.id
     WHERE l.id IS NULL OR l::text <> b::text ORDER BY b.id`,
  );
  return rows.map(({ id, live, backup, liveShown, backupShown }) => ({
    ...{ id, live, backup },
    columns: liveShown === null ? [] : differingColumns(liveShown, backupShown),
  }));
}

/** @throws OperatorError where MSR has had another session table then */
async function requireSameColumns(session: Session, { columns }: CopyBlock): Promise<void> {
  const live = await writableColumns(session);
  const saved = columns.map(escapeIdentifier);
  const differ = [
    ...live.filter((name) => !saved.includes(name)),
    ...saved.filter((name) => !live.includes(name)),
  ];
  if (differ.length === 0) return;
  throw new OperatorError(`msr.session of the backup has other columns than today's: ${differ.join(', ')}`, {
    hint: 'name a backup of the same version of MSR by --backup',
  });
}

/** What a statement may set: the rest follows from it. */
async function writableColumns(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = 'msr.session'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     ORDER BY attnum`,
  );
  return rows.map(({ name }) => escapeIdentifier(name));
}

async function insertRow(session: Session, columns: readonly string[], row: string): Promise<void> {
  const values = columns.map((column) => `(r.saved).${column}`).join(', ');
  await session.query(
    `INSERT INTO msr.session (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
     SELECT ${values} FROM (SELECT $1::msr.session AS saved) AS r`,
    [row],
  );
}

async function updateRow(
  session: Session,
  columns: readonly string[],
  id: string,
  row: string,
): Promise<void> {
  // An id that is counted up may not be set, and stays what it is.
  const set = columns
    .filter((column) => column !== escapeIdentifier('id'))
    .map((column) => `${column} = (r.saved).${column}`);
  await session.query(
    `UPDATE msr.session AS t SET ${set.join(', ')} FROM (SELECT $1::msr.session AS saved) AS r WHERE t.id::text = $2`,
    [row, id],
  );
}
