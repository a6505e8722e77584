import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { OperatorError } from '../../src/core/operator-error.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';

const ENVIRONMENT = {
  MSR_DATABASE_URL: 'postgres://user:hunter2@db/msr',
  MSR_VAULT_URL: 'file:///tmp/vault',
  MSR_KAFKA_BROKERS: 'kafka:9092',
  MSR_CONNECT_URL: 'http://connect:8083',
};
const setEnvironment = () => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
};
afterEach(() => vi.unstubAllEnvs());

class NamedError extends OperatorError {
  override readonly name = 'NamedError';
}
const event = z.object({ id: z.string() });

describe('lambdaEdge', () => {
  it('gives the parsed event, the settings and the vault to the work', async () => {
    setEnvironment();
    const handler = lambdaEdge(event, async ({ id }, { settings, vault }) => [
      id,
      settings.connectUrl,
      vault.url,
    ]);
    expect(await handler({ id: 'r1', more: 1 })).toEqual(['r1', 'http://connect:8083', 'file:///tmp/vault']);
  });

  it('keeps the name of an error, and puts its HINT into the message, which is all that Lambda reports', async () => {
    setEnvironment();
    const handler = lambdaEdge(event, async () => {
      throw new NamedError('a fact', { hint: 'a remedy' });
    });
    await expect(handler({ id: 'r1' })).rejects.toMatchObject({
      name: 'NamedError',
      message: 'a fact\nHINT: a remedy',
    });
  });

  it('refuses an event that is not one before anything is done', async () => {
    setEnvironment();
    let worked = false;
    const handler = lambdaEdge(event, async () => {
      worked = true;
    });
    await expect(handler({ id: 7 })).rejects.toMatchObject({ name: 'ZodError' });
    expect(worked).toBe(false);
  });

  it('names a setting that is missing, and never the value of one', async () => {
    setEnvironment();
    vi.stubEnv('MSR_CONNECT_URL', undefined);
    const handler = lambdaEdge(event, async () => null);
    await expect(handler({ id: 'r1' })).rejects.toThrow('MSR_CONNECT_URL is not set');
    await expect(handler({ id: 'r1' })).rejects.not.toThrow('hunter2');
  });
});
