import { describe, expect, it } from 'vitest';
import { copyLine, timestampText } from '../../src/sink/copy-text.ts';

describe('copyLine', () => {
  it('escapes what COPY would read as its own, and tells null from the text that spells it', () => {
    const line = copyLine({
      entityId: '\\N',
      entityState: '{"a": "\\t\\\\"}',
      op: null,
      timestampMicros: 1_763_870_000_123_000n,
      tableName: 'tab\tline\nreturn\r\\.',
    });
    expect(line).toBe(
      '\\\\N\t{"a": "\\\\t\\\\\\\\"}\t\\N\t2025-11-23 03:53:20.123+00\ttab\\tline\\nreturn\\r\\\\.\n',
    );
  });

  it('writes nulls', () => {
    const nulls = { entityId: null, entityState: null, op: null, timestampMicros: null, tableName: null };
    expect(copyLine(nulls)).toBe('\\N\t\\N\t\\N\t\\N\t\\N\n');
  });

  it.each([
    [0n, '1970-01-01 00:00:00.000+00'],
    [-1_000n, '1969-12-31 23:59:59.999+00'],
    [253_402_300_800_000_000n, '10000-01-01 00:00:00.000+00'],
    [-62_135_596_800_001_000n, '0001-12-31 23:59:59.999+00 BC'],
  ])('writes %i µs as %s', (micros, text) => {
    expect(timestampText(micros)).toBe(text);
  });
});
