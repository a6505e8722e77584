import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { startupOptions, unpinned } from '../../src/clients/session-pins.ts';
import { parseMoment, strictTypes, UnreadableMomentError } from '../../src/clients/strict-types.ts';

describe('the options of a session', () => {
  it('are ours behind those of the URL: the last one of a name counts', () => {
    const options = startupOptions('-c datestyle=German -c work_mem=7MB');
    expect(options).toMatch(/^-c role=none -c datestyle=German -c work_mem=7MB -c DateStyle=ISO,\\ MDY /);
    expect(options).toContain(' -c default_transaction_isolation=read\\ committed ');
    expect(options).toContain(' -c tcp_keepalives_idle=30 ');
  });

  it('are missed by their names and values', () => {
    expect(unpinned({ DateStyle: 'German, DMY' })[0]).toBe('DateStyle is German, DMY, not ISO, MDY');
  });
});

describe('a moment', () => {
  it.each([
    ['2026-11-23 04:15:02+00', '2026-11-23T04:15:02.000Z'],
    ['2026-11-23 04:15:02.123456+00', '2026-11-23T04:15:02.123Z'],
    ['2026-11-23 04:15:02+05:45', '2026-11-22T22:30:02.000Z'],
    ['0044-03-15 00:00:00+00 BC', '-000043-03-15T00:00:00.000Z'],
    ['12026-11-23 04:15:02+00', '+012026-11-23T04:15:02.000Z'],
  ])('%s is read', (text, iso) => {
    expect(parseMoment(text).toISOString()).toBe(iso);
  });

  it.each([
    '23.11.2026 04:15:02.123456 UTC',
    '23/11/2026 04:15:02 UTC',
    'Mon 23 Nov 04:15:02 2026 UTC',
    'infinity',
    '-infinity',
    '2026-11-23 04:15:02',
    '294276-01-01 00:00:00+00',
    '',
  ])('%s is an error that says it, never null', (text) => {
    expect(() => parseMoment(text)).toThrow(UnreadableMomentError);
    expect(() => parseMoment(text)).toThrow(`"${text}"`);
  });

  it('is parsed so by every session, and a time without a zone stays a text', () => {
    expect(strictTypes.getTypeParser(1184, 'text')).toBe(parseMoment);
    const plain: (text: string) => unknown = strictTypes.getTypeParser(1114, 'text');
    expect(plain('23.11.2026')).toBe('23.11.2026');
  });
});

/** What a file imports as values from `pg`. */
function importsOfPg(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [
    ...text.matchAll(/import\s+(?!type\b)(?:\{([^}]*)\}|(\S+))\s+from\s+'pg(?:-pool|-native)?'/g),
  ].flatMap(([, names, whole]) =>
    whole === undefined
      ? (names ?? '')
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type '))
      : [whole],
  );
}

const root = join(import.meta.dirname, '../..');
const sources = ['src', 'lambdas', 'bin'].flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name)),
);

test('one place alone opens sessions', () => {
  const openers = sources.filter((file) => {
    const harmless = ['escapeIdentifier', 'escapeLiteral', 'DatabaseError', 'types'];
    return importsOfPg(join(root, file)).some((name) => !harmless.includes(name));
  });
  expect(openers).toEqual(['src/clients/postgres.ts']);
});

test("one place alone starts PostgreSQL's programs", () => {
  const starters = sources.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return /child_process/.test(text) && /pg_(dump|restore)|psql/.test(text);
  });
  expect(starters).toEqual(['src/clients/pg-tools.ts']);
});
