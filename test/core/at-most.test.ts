import { expect, test } from 'vitest';
import { atMost } from '../../src/core/at-most.ts';

test('answers come in the order of the items, however long each takes, and no more run than may', async () => {
  const running = { now: 0, most: 0 };
  const open: Array<() => void> = [];
  const work = async (item: number) => {
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    await new Promise<void>((resolve) => {
      open.push(resolve);
      // The one that was begun last goes on first.
      if (open.length === 3 || item >= 6) open.pop()?.();
    });
    running.now -= 1;
    for (const resolve of open.splice(0)) resolve();
    return item * 10;
  };
  expect(await atMost(3, [0, 1, 2, 3, 4, 5, 6, 7], work)).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
  expect(running.most).toBe(3);
  expect(await atMost(3, [], work)).toEqual([]);
});

test('what fails is told, and nothing is begun after it', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error('the second');
  };
  await expect(atMost(1, [0, 1, 2, 3], work)).rejects.toThrow('the second');
  expect(begun).toEqual([0, 1]);
});
