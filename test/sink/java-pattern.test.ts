import { describe, expect, it } from 'vitest';
import { compileJavaPattern } from '../../src/sink/java-pattern.ts';

describe('compileJavaPattern', () => {
  it('matches the whole text', () => {
    expect(compileJavaPattern('a|bc')?.test('abc')).toBe(false);
    expect(compileJavaPattern('a|bc')?.test('bc')).toBe(true);
  });

  it.each([
    '[a[bc]]',
    '[^a[b]]',
    '[]a]',
    '(?i)a',
    '\\Qa.b\\E',
    'a++',
    '[a-z&&[^b]]',
    '\\p{Alnum}',
    'a\\z',
    '[[:alpha:]]',
    '(',
    '(?>a)',
  ])('refuses %s, which Java reads otherwise', (pattern) => {
    expect(compileJavaPattern(pattern)).toBeUndefined();
  });

  it.each([
    'server\\.gis\\..*',
    '(?:a|b)',
    'a(?!b).*',
    '(?<x>a)',
    '[a-z]+',
    'a{2}',
    '\\[a\\[b',
    '[a\\[b]',
    '[a][b]',
  ])('takes %s', (pattern) => {
    expect(compileJavaPattern(pattern)).toBeInstanceOf(RegExp);
  });
});
