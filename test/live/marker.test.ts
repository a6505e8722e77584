import { describe, expect, test } from 'vitest';
import { pointsSinkElsewhere, pointsSinkTo } from '../../src/live/marker.ts';

const here = 'fork:5432/msr';
const elsewhere = 'live:5432/msr';

describe('a marker', () => {
  test.each([
    ['that names the server', { sinkServer: here }, true, false],
    ['that names another one', { sinkServer: elsewhere }, false, true],
    ['that names none', { sinkServer: undefined }, false, false],
    ['that is not there', undefined, false, false],
  ] as const)('%s', (_, marker, to, away) => {
    expect(pointsSinkTo(marker, here)).toBe(to);
    expect(pointsSinkElsewhere(marker, here)).toBe(away);
  });

  test('that names a server differs from a sink whose server nobody can read', () => {
    expect(pointsSinkElsewhere({ sinkServer: here }, undefined)).toBe(true);
  });
});
