import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { OperatorError } from '../../src/core/operator-error.ts';
import { lambdaEdge, workMs } from '../../src/edge/lambda-edge.ts';

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
      settings.connect.url,
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

  it('notes to the log in AWS alone: elsewhere the command line tells', async () => {
    setEnvironment();
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const handler = lambdaEdge(event, async (_, { progress, functionArn }) => {
      progress.note('a note');
      return functionArn;
    });
    expect(await handler({ id: 'r1' })).toBeUndefined();
    expect(log).not.toHaveBeenCalled();
    expect(await handler({ id: 'r1' }, { invokedFunctionArn: 'arn:of-it' })).toBe('arn:of-it');
    expect(log.mock.calls).toEqual([['a note']]);
    log.mockRestore();
  });

  it('aborts the work while there is time to tell of it', async () => {
    setEnvironment();
    const handler = lambdaEdge(event, async (_, { signal }) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const ended = handler({ id: 'r1' }, { getRemainingTimeInMillis: () => 10 });
    await expect(ended).rejects.toMatchObject({ name: 'LambdaDeadlineError' });
  });
});

describe('the time that a Lambda works', () => {
  it.each([
    ['30 s', 30_000, 24_000],
    ['5 min', 300_000, 240_000],
    ['15 min', 900_000, 840_000],
    ['nothing', -5, 0],
  ])('of %s', (_, remaining, expected) => {
    expect(workMs(remaining)).toBe(expected);
  });
});
