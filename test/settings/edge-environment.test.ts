import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { DatabaseConnectionError } from '../../src/clients/postgres.ts';
import type { Environment } from '../../src/core/environment.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { openEnvironment, withFreshSecrets } from '../../src/settings/edge-environment.ts';
import { runCli } from '../cli/run-cli.ts';
import { makeCertificates } from '../clients/certificates.ts';

/** Answers GetSecretValue as Secrets Manager does; each test says what it holds. */
let secret: Readonly<Record<string, string>> = {};
let asked = 0;
let server: Server;
let env: Record<string, string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ Name: 's', SecretString: JSON.stringify(secret) }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server.close());
beforeEach(() => {
  asked = 0;
  env = {
    MSR_SECRET_ID: randomUUID(),
    MSR_VAULT_URL: 'file:///vault',
    MSR_KAFKA_BROKERS: 'kafka:9092',
    MSR_CONNECT_URL: 'http://connect:8083',
  };
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

const hold = (password: string) => {
  secret = { MSR_DATABASE_URL: `postgres://msr:${password}@127.0.0.1/msr` };
};
const refused = () =>
  new DatabaseConnectionError('credentials', 'refused', { hint: 'check', cause: undefined });

describe('certificates in the secret', () => {
  test('are trusted, and lie in a file for pg_dump that only this user can read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'msr-edge-'));
    const { authority } = await makeCertificates(directory, 'DNS:db.internal');
    secret = { MSR_CA_PEM: await readFile(authority, 'utf8') };
    const { MSR_CA_FILE: file = '' } = await openEnvironment(env);
    expect(await readFile(file, 'utf8')).toBe(secret['MSR_CA_PEM']);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(getCACertificates('default').map((pem) => pem.trim())).toContain(secret['MSR_CA_PEM']?.trim());
    expect((await openEnvironment(env))['MSR_CA_FILE']).toBe(file);
    const named = await openEnvironment({ ...env, MSR_CA_FILE: authority });
    expect(named['MSR_CA_FILE']).toBe(authority);
    await rm(directory, { recursive: true });
  });
});

describe('withFreshSecrets', () => {
  /** Refuses all but one password, as a database after a rotation. */
  const working = (password: string, seen: (string | undefined)[]) => async (given: Environment) => {
    seen.push(given['MSR_DATABASE_URL']);
    if (!given['MSR_DATABASE_URL']?.includes(`:${password}@`)) throw refused();
    return 'done';
  };

  test('works once more with what a rotation has left', async () => {
    hold('old');
    const seen: (string | undefined)[] = [];
    await openEnvironment(env);
    hold('new');
    expect(await withFreshSecrets(env, working('new', seen))).toBe('done');
    expect(seen).toEqual(['postgres://msr:old@127.0.0.1/msr', 'postgres://msr:new@127.0.0.1/msr']);
  });

  test('does not repeat what the same credentials would be refused for', async () => {
    hold('old');
    const seen: (string | undefined)[] = [];
    await expect(withFreshSecrets(env, working('new', seen))).rejects.toMatchObject({ message: 'refused' });
    expect(seen).toHaveLength(1);
  });

  test('repeats no other failure, but knows the new secret for the next call', async () => {
    hold('old');
    await openEnvironment(env);
    hold('new');
    const failing = withFreshSecrets(env, async () => {
      throw new Error('another');
    });
    await expect(failing).rejects.toThrow('another');
    expect(asked).toBe(2);
    expect((await openEnvironment(env))['MSR_DATABASE_URL']).toContain(':new@');
  });

  test('tries no third time', async () => {
    hold('old');
    await openEnvironment(env);
    hold('new');
    const seen: (string | undefined)[] = [];
    await expect(withFreshSecrets(env, working('newest', seen))).rejects.toMatchObject({
      message: 'refused',
    });
    expect(seen).toHaveLength(2);
  });
});

test('a Lambda reads its settings from the secret, and once more after a rotation', async () => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  hold('old');
  let rotated = false;
  const handler = lambdaEdge(z.unknown(), async (_, { settings }) => {
    if (rotated && settings.databaseUrl.includes(':old@')) throw refused();
    return new URL(settings.databaseUrl).password;
  });
  expect(await handler({})).toBe('old');
  rotated = true;
  hold('new');
  expect(await handler({})).toBe('new');
  expect(process.env['MSR_DATABASE_URL']).toBeUndefined();
});

test('a command reads its settings from the secret', async () => {
  secret = { MSR_VAULT_URL: 'file:///nowhere/of/the/secret' };
  const { MSR_VAULT_URL: _, ...without } = env;
  expect((await runCli(['backups', 'list'], without)).stdout).toContain('file:///nowhere/of/the/secret');
  const flagged = await runCli(['backups', 'list', '--vault-url', 'file:///nowhere/of/the/flag'], without);
  expect(flagged.stdout).toContain('file:///nowhere/of/the/flag');
});
