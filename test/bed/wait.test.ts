import { describe, expect, it } from 'vitest';
import { GaveUp, waitFor } from './wait.ts';

const quick = { timeoutMs: 50, everyMs: 1 };

describe('waitFor', () => {
  it('returns the first value that is there, whatever failed before', async () => {
    const answers = [() => undefined, () => false as const, fail, () => 0];
    expect(await waitFor('a value', () => answers.shift()?.())).toBe(0);
  });

  it('names what it waited for, and why it did not come', async () => {
    const error: unknown = await waitFor('Godot', fail, quick).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'waited 0 s in vain for Godot',
      cause: { message: 'refused' },
    });
  });

  it('stops at once when the probe gave up', async () => {
    let probes = 0;
    const probe = (): never => {
      probes += 1;
      throw new GaveUp('the engine ended');
    };
    await expect(waitFor('an engine', probe, quick)).rejects.toThrow('the engine ended');
    expect(probes).toBe(1);
  });
});

function fail(): never {
  throw new Error('refused');
}
