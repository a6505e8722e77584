import { databaseName, hostAndPort } from '../../clients/postgres-url.ts';
import { describeError } from '../../core/operator-error.ts';
import { isOneServer } from '../../live/live-server.ts';
import type { RecoveryContext } from '../context.ts';
import { letReadersIn, shutReadersOut } from './old-readers.ts';
import { type Move, repoint } from './repoint.ts';
import { type SecretStore, secretsManager } from './secret-store.ts';

/**
 * Lets the readers' secret name the server that has the live name now, after it has moved between two, and
 * shuts its user out of the other one. Does nothing where the settings name no such secret.
 * @param to target: the server of MSR_TARGET_DATABASE_URL · live: back to that of MSR_DATABASE_URL
 * @returns what people have yet to do, or should know
 */
export async function followReaders(
  ctx: Pick<RecoveryContext, 'settings' | 'progress' | 'vault' | 'recoveryId'>,
  to: 'target' | 'live',
): Promise<readonly string[]> {
  const { settings, progress } = ctx;
  const { databaseUrl, targetDatabaseUrl, readersSecretId } = settings;
  const [live, target] = [hostAndPort(databaseUrl), hostAndPort(targetDatabaseUrl)];
  if (readersSecretId === undefined || live === target || (await isOneServer(settings))) return [];
  const ends = to === 'target' ? { from: live, to: target } : { from: target, to: live };
  const remarks = [
    await moveReaders(readersSecretId, { ...ends, database: databaseName(databaseUrl) }),
    ...(to === 'target' ? await shutReadersOut(ctx, readersSecretId) : await letReadersIn(ctx)),
  ];
  for (const remark of remarks) progress.note(remark);
  return remarks;
}

/**
 * Lets the secret that readers connect with name another server; user, password and everything else in it
 * stay. It is written only where something changes, so it may be run again, after a crash at any point.
 * @returns what to tell people: what was changed, or why nothing was. A secret that cannot be written must
 *   not stop, after the commit point, what only goes forward
 */
export async function moveReaders(
  secretId: string,
  move: Move,
  store: SecretStore = secretsManager(),
): Promise<string> {
  try {
    const text = await store.read(secretId);
    const changed = repoint(text ?? '', move);
    if (changed === undefined) return `the readers' secret ${secretId} names ${move.to} already`;
    await store.write(secretId, changed);
    return `the readers' secret ${secretId} names ${move.to} now: restart the readers that keep connections or do not read it anew`;
  } catch (error) {
    return `the readers' secret ${secretId} was not changed: ${describeError(error)}. Let it name ${move.to}`;
  }
}
