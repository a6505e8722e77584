import { describe, expect, it } from 'vitest';
import { timestampText } from '../../src/sink/timestamp-text.ts';

describe('timestampText', () => {
  it.each([
    [0n, '1970-01-01 00:00:00.000+00'],
    [-1_000n, '1969-12-31 23:59:59.999+00'],
    [253_402_300_800_000_000n, '10000-01-01 00:00:00.000+00'],
    [-62_135_596_800_001_000n, '0001-12-31 23:59:59.999+00 BC'],
  ])('writes %i µs as %s', (micros, text) => {
    expect(timestampText(micros)).toBe(text);
  });
});
