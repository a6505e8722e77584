import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/core/byte-writer.ts';
import { JsonbBytes } from '../../src/ledger/jsonb-bytes.ts';
import { JsonbTextError } from '../../src/ledger/jsonb-error.ts';
import { jsonbText } from '../../src/ledger/jsonb-text.ts';

/** Each pair as PostgreSQL 17 answers `$1::jsonb::text`. */
const PRINTED: readonly (readonly [string, string])[] = [
  [' null ', 'null'],
  ['true', 'true'],
  ['"text"', '"text"'],
  ['[ ]', '[]'],
  ['{ }', '{}'],
  ['[1,2 , [ ]]', '[1, 2, []]'],
  ['{"b":1,"a":2,"aa":3,"é":4,"z":5,"b":6}', '{"a": 2, "b": 6, "z": 5, "aa": 3, "é": 4}'],
  ['{"":1}', '{"": 1}'],
  ['{"\\u0061":1,"a":2}', '{"a": 2}'],
  ['{"a":{"d":[{"c":1}]},"b":{}}', '{"a": {"d": [{"c": 1}]}, "b": {}}'],
  // By length in bytes, then by bytes; UTF-16 would put the surrogates of 😀 first.
  ['{"😀":1,"\uffee":2,"é":3}', '{"é": 3, "\uffee": 2, "😀": 1}'],
  ['{"😀":2,"\uffeea":1}', '{"\uffeea": 1, "😀": 2}'],
  ['-0', '0'],
  ['-0.0', '0.0'],
  ['-0.00e1', '0.0'],
  ['0e5', '0'],
  ['0e-5', '0.00000'],
  ['0e1073741822', '0'],
  ['1E-3', '0.001'],
  ['1.50e1', '15.0'],
  ['123.4500', '123.4500'],
  ['-12.300e-2', '-0.12300'],
  ['1e+5', '100000'],
  ['1e0', '1'],
  ['12345678901234567890.123456789e-5', '123456789012345.67890123456789'],
  ['"\\u007f\\/\\b\\f\\n\\r\\t\\"\\\\"', '"\u007f/\\b\\f\\n\\r\\t\\"\\\\"'],
  ['"\\u000b\\u001F"', '"\\u000b\\u001f"'],
  ['"\\uD83D\\ude00\\u00e9"', '"😀é"'],
  ['"\u007f"', '"\u007f"'],
];

const REFUSED = [
  '',
  '  ',
  'nul',
  'nullx',
  '1x',
  '01',
  '-',
  '- 1',
  '+1',
  '.5',
  '1.',
  '1e',
  '1e+',
  '"a',
  '"\t"',
  '"\\x"',
  '"\\u12"',
  '"\\u0000"',
  '"\\ud83d"',
  '"\\ude00"',
  '"\\ude00\\ude00"',
  '"\\ud83d\\ud83d"',
  '"\\ud83d\\u0041"',
  '[1',
  '[1,]',
  '[1}',
  '{"a":1,}',
  '{"a"}',
  '{"a":}',
  '{1:2}',
  '1 2',
  '\ufeff1',
  '\u00a01',
  '1e131072',
  '10e131071',
  '1e-16384',
  '0e-16384',
  '1e99999999999',
  '0e1073741823',
];

describe('jsonbText', () => {
  it.each(PRINTED)('prints %s as jsonb does', (text, printed) => {
    expect(jsonbText(text)).toBe(printed);
  });

  it.each(REFUSED)('refuses %j as jsonb does', (text) => {
    expect(() => jsonbText(text)).toThrow(JsonbTextError);
  });

  it.each([131_071, -16_383])('prints 1e%i digit by digit', (exponent) => {
    const printed = exponent > 0 ? `1${'0'.repeat(exponent)}` : `0.${'0'.repeat(-exponent - 1)}1`;
    expect(jsonbText(`1e${exponent}`)).toBe(printed);
  });

  it('goes as deep as the server does', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    expect(jsonbText(deep)).toBe(deep);
  });

  it.each(PRINTED.filter(([text]) => !text.includes('u0061')))(
    'prints the bytes of %s alike',
    (text, printed) => {
      const out = new ByteWriter(1);
      expect(new JsonbBytes().write(Buffer.from(text), 0, Buffer.byteLength(text), out)).toBe(true);
      expect(out.bytes.toString('utf8', 0, out.length)).toBe(printed);
    },
  );

  it.each([...REFUSED, '['.repeat(65) + ']'.repeat(65), '{"\\u0061":1}'])(
    'leaves the bytes of %j alone',
    (text) => {
      const out = new ByteWriter(1);
      expect(new JsonbBytes().write(Buffer.from(text), 0, Buffer.byteLength(text), out)).toBe(false);
      expect(out.length).toBe(0);
    },
  );

  it('keeps what it has printed', () => {
    for (const [, printed] of PRINTED) expect(jsonbText(printed)).toBe(printed);
  });
});
