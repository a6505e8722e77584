import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  knownSecret,
  refetchSecret,
  renewSecret,
  resolveEnvironment,
  SecretError,
  type SecretSource,
} from '../../src/clients/secrets.ts';

const PASSWORD = 'hunter2';
let number = 0;
/** A secret of its own for each test: what is known of one lives as long as the process. */
const newId = () => `msr/test-${number++}`;
const holding =
  (values: unknown): SecretSource =>
  async () =>
    JSON.stringify(values);

describe('resolveEnvironment', () => {
  test('asks nobody where no secret is named', async () => {
    const source = vi.fn<SecretSource>();
    const env = { MSR_VAULT_URL: 'file:///v' };
    expect(await resolveEnvironment(env, source)).toBe(env);
    expect(await resolveEnvironment({ ...env, MSR_SECRET_ID: '' }, source)).toEqual({
      ...env,
      MSR_SECRET_ID: '',
    });
    expect(await refetchSecret(env, source)).toBe(false);
    expect(source).not.toHaveBeenCalled();
  });

  test('adds the secret, and lets the environment win', async () => {
    const env = { MSR_SECRET_ID: newId(), MSR_KAFKA_USERNAME: 'mine', MSR_PG_BIN: undefined };
    const source = holding({ MSR_KAFKA_USERNAME: 'theirs', MSR_KAFKA_PASSWORD: PASSWORD, MSR_PG_BIN: '/pg' });
    expect(await resolveEnvironment(env, source)).toEqual({
      MSR_SECRET_ID: env.MSR_SECRET_ID,
      MSR_KAFKA_USERNAME: 'mine',
      MSR_KAFKA_PASSWORD: PASSWORD,
      MSR_PG_BIN: '/pg',
    });
    expect(knownSecret(env)['MSR_KAFKA_PASSWORD']).toBe(PASSWORD);
  });

  test('asks once, and again only when told', async () => {
    const env = { MSR_SECRET_ID: newId() };
    const source = vi.fn(holding({ MSR_KAFKA_PASSWORD: 'old' }));
    await resolveEnvironment(env, source);
    await resolveEnvironment(env, source);
    expect(source).toHaveBeenCalledTimes(1);
    expect(await refetchSecret(env, source)).toBe(false);
    expect(await refetchSecret(env, holding({ MSR_KAFKA_PASSWORD: 'new' }))).toBe(true);
    expect((await resolveEnvironment(env, source))['MSR_KAFKA_PASSWORD']).toBe('new');
  });

  test('is renewed where it is known, and what is known serves where it cannot be read', async () => {
    const env = { MSR_SECRET_ID: newId() };
    const source = vi.fn(holding({ MSR_DATABASE_URL: 'a' }));
    await renewSecret(env, source);
    expect(source).not.toHaveBeenCalled();
    await resolveEnvironment(env, source);
    await renewSecret(env, holding({ MSR_DATABASE_URL: 'b' }));
    expect((await resolveEnvironment(env, source))['MSR_DATABASE_URL']).toBe('b');
    await renewSecret(env, async () => {
      throw new Error('no network');
    });
    expect((await resolveEnvironment(env, source))['MSR_DATABASE_URL']).toBe('b');
  });

  const wrong: ReadonlyArray<readonly [text: string | undefined, what: string]> = [
    [undefined, 'is not a JSON object'],
    [PASSWORD, 'is not a JSON object'],
    [`["${PASSWORD}"]`, 'is not a JSON object'],
    [`{"password": "${PASSWORD}"}`, 'has password, which is no MSR_ variable with a text'],
    [`{"MSR_PORT": ${1234567}}`, 'has MSR_PORT, which is no MSR_ variable with a text'],
  ];
  test.each(wrong)('%j is told without its text', async (text, what) => {
    const env = { MSR_SECRET_ID: newId() };
    const failure = await resolveEnvironment(env, async () => text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SecretError);
    expect(failure).toMatchObject({
      message: `the secret ${env.MSR_SECRET_ID} ${what}`,
      hint: expect.stringMatching(/^store a JSON object of variables/),
    });
    expect(inspect(failure)).not.toMatch(new RegExp(`${PASSWORD}|1234567`));
  });

  test.each([
    ['ResourceNotFoundException', /list-secrets/],
    ['AccessDeniedException', /secretsmanager:GetSecretValue/],
    ['DecryptionFailure', /key policy/],
    ['InvalidRequestException', /restore-secret/],
    ['TimeoutError', /AWS_REGION and the network/],
  ])('%s is explained', async (name, hint) => {
    const env = { MSR_SECRET_ID: newId() };
    const failing: SecretSource = async () => {
      throw Object.assign(new Error('said'), { name });
    };
    await expect(resolveEnvironment(env, failing)).rejects.toMatchObject({
      name: 'SecretError',
      message: `the secret ${env.MSR_SECRET_ID} cannot be read: ${name}: said`,
      hint: expect.stringMatching(hint),
    });
  });
});
