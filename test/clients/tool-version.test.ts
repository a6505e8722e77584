import { describe, expect, it } from 'vitest';
import { checkRestoringVersion, checkToolVersion } from '../../src/clients/pg-tools.ts';

describe("the version of PostgreSQL's programs", () => {
  it.each([
    ['17.5', 170_005],
    ['17.10', 170_005],
    ['17.2', 170_010],
    ['18.0', 170_005],
    ['18', 180_001],
    ['16.9', 160_003],
    ['16.9', 150_003],
  ])('%s is used with a server of %i', (version, server) => {
    expect(() => checkToolVersion('pg_dump', version, server)).not.toThrow();
  });

  it('is refused where it is older than the server', () => {
    expect(() => checkToolVersion('pg_dump', '16.9', 170_005)).toThrow(
      expect.objectContaining({
        message: 'pg_dump is version 16.9, the server 17: an older pg_dump cannot read it',
        hint: 'install the PostgreSQL 17 client, or set MSR_PG_BIN to the directory that holds it',
      }),
    );
  });

  it.each([
    ['17.5', 160_009],
    ['18.1', 150_012],
  ])('%s is refused with a server of %i: what it restores sets transaction_timeout', (version, server) => {
    expect(() => checkToolVersion('pg_dump', version, server)).toThrow(/cannot be restored there/);
  });
});

describe('a restore', () => {
  it.each([
    ['16.9', '16.9', 160_003],
    ['16.9', '17.5', 170_005],
    ['17.5', '17.1', 170_005],
    ['17.5', undefined, 170_005],
    ['16.9', undefined, 160_009],
  ])('of a dump by %s with pg_restore %s into %i begins', (pgDump, pgRestore, target) => {
    expect(() => checkRestoringVersion({ pgDump, pgRestore, target })).not.toThrow();
  });

  it.each([
    ['17.5', '16.9', 170_005, 'pg_restore is version 16.9; the dump was made by pg_dump 17.5'],
    ['16.9', '17.5', 160_003, 'pg_restore 17.5 sets transaction_timeout, which PostgreSQL 16 does not know'],
    [
      '17.5',
      undefined,
      150_003,
      'pg_restore 17.5 sets transaction_timeout, which PostgreSQL 15 does not know',
    ],
  ])('of a dump by %s with pg_restore %s into %i is refused', (pgDump, pgRestore, target, message) => {
    expect(() => checkRestoringVersion({ pgDump, pgRestore, target })).toThrow(
      expect.objectContaining({ message, hint: expect.any(String) }),
    );
  });
});
