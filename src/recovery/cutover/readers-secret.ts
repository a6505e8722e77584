import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { databaseName, hostAndPort } from '../../clients/postgres-url.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import { isOneServer } from '../../live/live-server.ts';
import type { RecoveryContext } from '../context.ts';
import { type Move, repoint } from './repoint.ts';

/**
 * Lets the readers' secret name the server that has the live name now, after it has moved between two. Does
 * nothing where the settings name no such secret.
 * @param to target: the server of MSR_TARGET_DATABASE_URL · live: back to that of MSR_DATABASE_URL
 * @returns what people have yet to do, or should know
 */
export async function followReaders(
  { settings, progress }: Pick<RecoveryContext, 'settings' | 'progress'>,
  to: 'target' | 'live',
): Promise<readonly string[]> {
  const { databaseUrl, targetDatabaseUrl, readersSecretId } = settings;
  const [live, target] = [hostAndPort(databaseUrl), hostAndPort(targetDatabaseUrl)];
  if (readersSecretId === undefined || live === target || (await isOneServer(settings))) return [];
  const ends = to === 'target' ? { from: live, to: target } : { from: target, to: live };
  const remark = await moveReaders(readersSecretId, { ...ends, database: databaseName(databaseUrl) });
  progress.note(remark);
  return [remark];
}

export interface SecretStore {
  read(secretId: string): Promise<string | undefined>;
  write(secretId: string, text: string): Promise<void>;
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

/** @throws OperatorError where it holds no text; what AWS throws */
function secretsManager(): SecretStore {
  const options = {
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };
  return {
    read: async (secretId) => {
      const client = new SecretsManagerClient(options);
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      client.destroy();
      if (SecretString !== undefined) return SecretString;
      throw new OperatorError('it holds no text', { hint: 'store it as text (SecretString)' });
    },
    write: async (secretId, text) => {
      const client = new SecretsManagerClient(options);
      await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: text }));
      client.destroy();
    },
  };
}
