import { z } from 'zod';
import { describeServer, type Session, withSession } from '../../clients/postgres.ts';
import { describeError } from '../../core/operator-error.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { readerRoles } from './repoint.ts';
import { type SecretStore, secretsManager } from './secret-store.ts';

type OldServer = Pick<RecoveryContext, 'settings' | 'vault' | 'recoveryId'>;

/** Roles of the old server that could log in there before. */
const shutOutSchema = z.object({ roles: z.array(z.string()) });

/**
 * After the live name has moved to another server: those whom the readers' secret names could go on
 * reading, on the old one, what nothing is written to any more. They may not log in there, and their
 * sessions end. It stops nothing, since the commit point is passed: a server that is lost has no
 * readers.
 * @returns what people should know
 */
export async function shutReadersOut(
  ctx: OldServer,
  secretId: string,
  store: SecretStore = secretsManager(),
): Promise<readonly string[]> {
  const { databaseUrl } = ctx.settings;
  const place = describeServer(databaseUrl);
  try {
    const named = readerRoles((await store.read(secretId)) ?? '');
    if (named.length === 0) return [];
    return await withSession(databaseUrl, { purpose: 'shut readers out' }, async (session) => {
      const { readers, others } = await ableToLogIn(session, named);
      // Before they are shut out: whoever undoes it must know whom to let in again.
      const roles = [...new Set([...(await shutOut(ctx)), ...readers])];
      await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'old-readers', { roles });
      for (const role of readers) await allowLogin(session, role, false);
      const ended = await endSessions(session, roles);
      const out = `${roles.join(', ')} cannot log in to ${place} any more, and ${ended} of their sessions there were ended: an undo lets them in again`;
      const left = `${others.join(', ')} can still log in to ${place}: not only to read`;
      return [...(roles.length === 0 ? [] : [out]), ...(others.length === 0 ? [] : [left])];
    });
  } catch (error) {
    return [
      `readers were not shut out of ${place}: ${describeError(error)}. Stop those that still read there`,
    ];
  }
}

/**
 * After an undo: whom the recovery has shut out may log in again.
 * @returns what people should know, or have yet to do
 */
export async function letReadersIn(ctx: OldServer): Promise<readonly string[]> {
  const roles = await shutOut(ctx);
  if (roles.length === 0) return [];
  const { databaseUrl } = ctx.settings;
  const names = roles.join(', ');
  try {
    await withSession(databaseUrl, { purpose: 'let readers in' }, async (session) => {
      for (const role of roles) await allowLogin(session, role, true);
    });
    return [`${names} can log in to ${describeServer(databaseUrl)} again`];
  } catch (error) {
    return [
      `${names} cannot log in to ${describeServer(databaseUrl)}: ${describeError(error)}. Run ALTER ROLE … LOGIN there`,
    ];
  }
}

async function shutOut({ vault, recoveryId }: OldServer): Promise<readonly string[]> {
  return (await readRecoveryDocument(vault, recoveryId, 'old-readers', shutOutSchema))?.roles ?? [];
}

/**
 * Of the roles that can log in: those who do nothing but read, and the others. A superuser, whom we are
 * ourselves, the sink and the owner are no readers: an undo needs them.
 */
async function ableToLogIn(
  session: Session,
  named: readonly string[],
): Promise<{ readonly readers: readonly string[]; readonly others: readonly string[] }> {
  const { rows } = await session.query<{ role: string; reads: boolean }>(
    `SELECT rolname AS role, NOT (rolsuper OR rolname = session_user OR
       COALESCE(has_table_privilege(oid, to_regclass('msr.cdc_event'), 'INSERT'), false)) AS reads
     FROM pg_roles WHERE rolname = ANY($1) AND rolcanlogin ORDER BY rolname`,
    [named],
  );
  const those = (reads: boolean) => rows.filter((row) => row.reads === reads).map(({ role }) => role);
  return { readers: those(true), others: those(false) };
}

async function endSessions(session: Session, roles: readonly string[]): Promise<number> {
  const { rowCount } = await session.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = ANY($1)`,
    [roles],
  );
  return rowCount ?? 0;
}

async function allowLogin(session: Session, role: string, allowed: boolean): Promise<void> {
  await session.query(`ALTER ROLE ${session.escapeIdentifier(role)} ${allowed ? 'LOGIN' : 'NOLOGIN'}`);
}
