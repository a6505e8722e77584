import { describeServer, type Session, withSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../operator-error.ts';
import { databaseName, type Settings, withDatabase } from '../../settings.ts';

/**
 * Settings whose live database is reached like the recovered one, as a superuser. A rename works within one server
 * only; two host names may well mean one (a pooler, an alias), which the server's own identifier tells.
 * @throws OperatorError where they are two servers, or it cannot be told
 */
export async function settingsOnOneServer(settings: Settings): Promise<Settings> {
  const { databaseUrl, targetDatabaseUrl } = settings;
  const sameUrl = new URL(databaseUrl).host === new URL(targetDatabaseUrl).host;
  if (!sameUrl && (await serverId(databaseUrl)) !== (await serverId(targetDatabaseUrl))) {
    throw new OperatorError(
      `${describeServer(databaseUrl)} and ${describeServer(targetDatabaseUrl)} are two servers, and a cutover by rename needs one`,
      { hint: 'let MSR_TARGET_DATABASE_URL name the server of MSR_DATABASE_URL' },
    );
  }
  return { ...settings, databaseUrl: withDatabase(targetDatabaseUrl, databaseName(databaseUrl)) };
}

/** Of the cluster, made at initdb. Asked in `postgres`: the live database may be gone. */
async function serverId(url: string): Promise<string> {
  return await withSession(withDatabase(url, 'postgres'), { purpose: 'identify server' }, readServerId);
}

async function readServerId(session: Session): Promise<string> {
  const { rows } = await session.query<{ id: string }>(
    'SELECT system_identifier::text AS id FROM pg_control_system()',
  );
  return rows[0]?.id ?? '';
}
