import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/core/operator-error.ts';
import { UnfitTargetError } from '../../../src/recovery/restore/restore-errors.ts';
import { checkTarget, type TargetFacts } from '../../../src/recovery/restore/target-server.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';

const URL = 'postgres://admin:secret@db.example:6432/postgres';
const { server } = sampleManifest();
const good: TargetFacts = {
  user: 'admin',
  superuser: true,
  postgresVersion: 170011,
  timescaledbVersions: ['2.9.1', '2.22.1', '2.22.0'],
  extensions: ['timescaledb', 'plpgsql'],
  tablespaces: ['pg_default', 'pg_global'],
  preloaded: true,
  service: null,
};

function refusalOf(change: Partial<TargetFacts>): string {
  try {
    checkTarget({ ...good, ...change }, server, URL);
  } catch (error) {
    expect(error).toBeInstanceOf(UnfitTargetError);
    return describeError(error);
  }
  return 'accepted';
}

describe('checkTarget', () => {
  it('asks for no superuser where nothing is restored or renamed', () => {
    expect(refusalOf({ superuser: false })).toContain('no superuser');
    expect(() => checkTarget({ ...good, superuser: false }, server, URL, 'owner')).not.toThrow();
  });

  it.each([
    ['a fit server', {}],
    ['a later PostgreSQL', { postgresVersion: 180001 }],
    ['a server that does not tell what it loads', { preloaded: null }],
  ])('accepts %s', (_, change) => {
    expect(refusalOf(change)).toBe('accepted');
  });

  it('names the services that cannot have TimescaleDB', () => {
    const hint =
      'HINT: Amazon RDS, Aurora, Azure Database and Google Cloud SQL cannot have the TimescaleDB that MSR needs; ' +
      'restore to a server of your own with TimescaleDB 2.22.1';
    expect(refusalOf({ timescaledbVersions: [] })).toBe(
      `the PostgreSQL at db.example:6432 has no TimescaleDB\n${hint}`,
    );
    expect(refusalOf({ timescaledbVersions: [], service: 'Amazon RDS or Aurora' })).toBe(
      `the PostgreSQL at db.example:6432 is Amazon RDS or Aurora, without TimescaleDB\n${hint}`,
    );
  });

  it.each([
    [
      { timescaledbVersions: ['2.9.1', '2.23.0', '2.21.3', '2.22.0'] },
      'the backup is of TimescaleDB 2.22.1; db.example:6432 has 2.23.0, 2.22.0, 2.21.3\n' +
        'HINT: a dump restores only into its own version: install TimescaleDB 2.22.1 there (versions can be ' +
        'installed side by side) and update the extension after the recovery; nothing was touched',
    ],
    [
      { postgresVersion: 160009 },
      'the backup is of PostgreSQL 17; db.example:6432 is PostgreSQL 16\n' +
        'HINT: restore to the same major version or a later one; nothing was touched',
    ],
    [
      { superuser: false, user: 'msr_owner' },
      'role msr_owner on db.example:6432 is no superuser\n' +
        'HINT: timescaledb_pre_restore() and loading its catalog need one: give a superuser in ' +
        'MSR_TARGET_DATABASE_URL; nothing was touched',
    ],
    [
      { preloaded: false },
      'TimescaleDB is installed at db.example:6432, but not loaded\n' +
        "HINT: add timescaledb to shared_preload_libraries and restart the server; 'timescaledb-tune' does the first",
    ],
  ])('refuses %j', (change, text) => {
    expect(refusalOf(change)).toBe(text);
  });

  it.each([
    [
      { extensions: [{ name: 'pg_trgm', version: '1.6', schema: 'public' }] },
      'the database has the extension pg_trgm; db.example:6432 cannot create it\n' +
        'HINT: install there the contrib modules of PostgreSQL 17 (postgresql-contrib); nothing was touched',
    ],
    [
      {
        extensions: ['plpgsql', 'postgis', 'postgis_raster', 'acme'].map((name) => ({
          name,
          version: '1',
          schema: 'public',
        })),
      },
      'the database has the extensions postgis, postgis_raster, acme; db.example:6432 cannot create them\n' +
        'HINT: install there postgresql-17-postgis-3, the package of PostgreSQL 17 that brings acme.control; nothing was touched',
    ],
    [
      { tablespaces: ['fast', 'pg_default'] },
      'the database lies in the tablespace fast, which db.example:6432 does not have\n' +
        `HINT: create it there, on any disk: CREATE TABLESPACE "fast" LOCATION '/an/empty/directory'; nothing was touched`,
    ],
  ])('names the package or the tablespace that is missing: %j', (had, refusal) => {
    expect(() => checkTarget(good, { ...server, ...had }, URL)).toThrow(UnfitTargetError);
    try {
      checkTarget(good, { ...server, ...had }, URL);
    } catch (error) {
      expect(describeError(error)).toBe(refusal);
    }
  });
});
