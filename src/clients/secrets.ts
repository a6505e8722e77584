import { isDeepStrictEqual } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';

/** Id or ARN of the secret that holds an instance's secret variables. */
const SECRET_ID_VARIABLE = 'MSR_SECRET_ID';

/** The secret cannot be read, or is not what it should be. Its text is in no message. */
export class SecretError extends OperatorError {
  override readonly name = 'SecretError';
}

/** The secret's variables by name. */
export type SecretValues = Readonly<Record<string, string>>;

/** Reads a secret's text. */
export type SecretSource = (secretId: string) => Promise<string | undefined>;

/** One look-up serves a whole process. A Lambda's lives for hours: it renews what it knows at every call. */
const known = new Map<string, SecretValues>();

/**
 * The environment with the secret's variables in it: those are read when they are needed, and stand in no
 * task definition and no Lambda's configuration. What the environment itself says wins.
 * @returns the same environment, without a request, where it names no secret
 * @throws SecretError
 */
export async function resolveEnvironment(
  env: Environment,
  source: SecretSource = secretsManager,
): Promise<Environment> {
  const secretId = env[SECRET_ID_VARIABLE];
  if (secretId === undefined || secretId === '') return env;
  const values = known.get(secretId) ?? (await fetchSecret(secretId, source));
  return { ...values, ...withoutUndefined(env) };
}

/**
 * Reads the secret anew.
 * @returns whether it holds something else than before: only then is another attempt worth anything
 * @throws SecretError
 */
export async function refetchSecret(
  env: Environment,
  source: SecretSource = secretsManager,
): Promise<boolean> {
  const secretId = env[SECRET_ID_VARIABLE];
  if (secretId === undefined || secretId === '') return false;
  const before = known.get(secretId);
  return !isDeepStrictEqual(before, await fetchSecret(secretId, source));
}

/**
 * Reads the secret anew where this process knows it already: a URL that was changed still works, and
 * a Lambda that is warm would look at another server than the tasks. Where it cannot be read now,
 * what is known still serves.
 */
export async function renewSecret(env: Environment, source: SecretSource = secretsManager): Promise<void> {
  if (!known.has(env[SECRET_ID_VARIABLE] ?? '')) return;
  await refetchSecret(env, source).catch(() => {});
}

/** What the secret held when it was last read by this process. */
export function knownSecret(env: Environment): SecretValues {
  return known.get(env[SECRET_ID_VARIABLE] ?? '') ?? {};
}

async function fetchSecret(secretId: string, source: SecretSource): Promise<SecretValues> {
  const values = parseSecret(secretId, await readText(secretId, source));
  known.set(secretId, values);
  return values;
}

const secretSchema = z.record(z.string().regex(/^MSR_[A-Z0-9_]+$/), z.string());

/** @throws SecretError that names a wrong key, and never a value */
function parseSecret(secretId: string, text: string | undefined): SecretValues {
  const parsed = secretSchema.safeParse(tryJson(text));
  if (parsed.success) return parsed.data;
  const key = parsed.error.issues[0]?.path[0];
  const what =
    key === undefined ? 'is not a JSON object' : `has ${String(key)}, which is no MSR_ variable with a text`;
  throw new SecretError(`the secret ${secretId} ${what}`, {
    hint: 'store a JSON object of variables: {"MSR_DATABASE_URL": "postgres://…", "MSR_KAFKA_PASSWORD": "…"}',
  });
}

function tryJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // The parser's own message would repeat a part of the secret.
    return undefined;
  }
}

/**
 * A secret of another shape, for instance a kubeconfig; read anew each time.
 * @throws SecretError
 */
export async function secretText(secretId: string, source: SecretSource = secretsManager): Promise<string> {
  const text = await readText(secretId, source);
  if (text !== undefined) return text;
  throw new SecretError(`the secret ${secretId} holds no text`, {
    hint: 'store it as text (SecretString), not as binary',
  });
}

async function readText(secretId: string, source: SecretSource): Promise<string | undefined> {
  try {
    return await source(secretId);
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new SecretError(`the secret ${secretId} cannot be read: ${name}: ${message}`, {
      hint: HINTS[name] ?? `check ${SECRET_ID_VARIABLE}, AWS_REGION and the network, then run it again`,
      cause,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: `check ${SECRET_ID_VARIABLE} and AWS_REGION; \`aws secretsmanager list-secrets\` shows what is there`,
  AccessDeniedException: 'allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key',
  DecryptionFailure: 'see in KMS whether its key is enabled, and whether the key policy names this role',
  InvalidRequestException:
    'it may be scheduled for deletion: `aws secretsmanager restore-secret` brings it back',
  CredentialsProviderError: 'give the task a role, or set AWS_PROFILE',
};

async function secretsManager(secretId: string): Promise<string | undefined> {
  const client = new SecretsManagerClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString;
  } finally {
    client.destroy();
  }
}

function withoutUndefined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
