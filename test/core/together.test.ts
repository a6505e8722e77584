import { once } from 'node:events';
import { expect, it } from 'vitest';
import { together } from '../../src/core/together.ts';

const never = new AbortController().signal;

it('answers what both answer', async () => {
  expect(
    await together(
      never,
      async () => 'dump',
      async () => 'facts',
    ),
  ).toEqual(['dump', 'facts']);
});

it('stops the other where one fails, waits for it, and tells the first failure', async () => {
  let ended = false;
  const other = async (signal: AbortSignal) => {
    await once(signal, 'abort');
    ended = true;
    throw new Error('a consequence');
  };
  const failing = async () => {
    throw new Error('the cause');
  };
  await expect(together(never, other, failing)).rejects.toThrow('the cause');
  expect(ended).toBe(true);
});

it('stops both with the signal from outside', async () => {
  const abort = new AbortController();
  const job = async (signal: AbortSignal) => {
    await once(signal, 'abort');
    throw signal.reason;
  };
  const running = together(abort.signal, job, job);
  abort.abort(new Error('Ctrl-C'));
  await expect(running).rejects.toThrow('Ctrl-C');
});
