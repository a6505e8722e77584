import { describe, expect, it } from 'vitest';
import { checkDumpVersion } from '../../../src/backup/preflight/preflight.ts';

describe("pg_dump's version", () => {
  it.each([
    ['17.5', 170_005],
    ['17.10', 170_005],
    ['17.2', 170_010],
    ['18.0', 170_005],
    ['18', 180_001],
  ])('%s reads a server of %i', (dump, server) => {
    expect(() => checkDumpVersion(dump, server)).not.toThrow();
  });

  it('is refused where it is older than the server', () => {
    expect(() => checkDumpVersion('16.9', 170_005)).toThrow(
      expect.objectContaining({
        message: 'pg_dump is version 16.9, the server 17: an older pg_dump cannot read it',
        hint: 'install the PostgreSQL 17 client, or set MSR_PG_BIN to the directory that holds it',
      }),
    );
  });
});
