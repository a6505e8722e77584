import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lineScreen, shownProgress } from '../../src/cli/progress-output.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen() {
  const stream = new PassThrough();
  const progress = shownProgress(lineScreen(stream), () => Date.now());
  const said = () => String(stream.read() ?? '');
  return { progress, said };
}

test('without a terminal: a line every few seconds, and one at the end', () => {
  const { progress, said } = screen();
  progress.note('backup 1 begins');
  progress.update({ activity: 'dump', done: 0, total: 100, unit: 'bytes' });
  vi.advanceTimersByTime(4_000);
  progress.update({ activity: 'dump', done: 40, total: 100, unit: 'bytes' });
  vi.advanceTimersByTime(1_000);
  expect(said()).toBe('backup 1 begins\ndump: 40 B of 100 B (40 %), 10 B/s, about 6s left\n');
  vi.advanceTimersByTime(1_000);
  progress.update({ activity: 'dump', done: 100, total: 100, unit: 'bytes' });
  vi.advanceTimersByTime(10_000);
  progress.close();
  expect(said()).toBe('dump: 100 B in 6s, 17 B/s\n');
});

test('what is over within 2 s is not told', () => {
  const { progress, said } = screen();
  progress.update({ activity: 'digests', done: 0, total: 2, unit: 'steps' });
  vi.advanceTimersByTime(1_900);
  progress.update({ activity: 'digests', done: 2, total: 2, unit: 'steps' });
  vi.advanceTimersByTime(10_000);
  progress.close();
  expect(said()).toBe('');
});

test('two activities at once stand side by side; an open one is told at the end, once', () => {
  const { progress, said } = screen();
  progress.update({ activity: 'dump', done: 1, total: 9, unit: 'bytes' });
  progress.update({ activity: 'digests', done: 1, unit: 'rows' });
  vi.advanceTimersByTime(5_000);
  expect(said()).toBe('dump: 1 B of 9 B (11 %)\ndigests: 1 rows\n');
  progress.close();
  progress.close();
  expect(said()).toBe('dump: 1 B in 5s, 0 B/s\ndigests: 1 rows in 5s, 0 rows/s\n');
});
