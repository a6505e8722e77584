import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { planRoles } from '../../../src/recovery/restore/roles.ts';

type Role = Manifest['roles'][number];

const role = (name: string, change: Partial<Role> = {}): Role => ({
  name,
  login: true,
  createDatabase: false,
  createRole: false,
  superuser: false,
  replication: false,
  bypassRls: false,
  inherit: true,
  connectionLimit: -1,
  memberOf: [],
  ...change,
});

describe('planRoles', () => {
  it('leaves alone what is there', () => {
    const wanted = [role('msr_owner', { memberOf: ['pg_signal_backend'] }), role('pg_monitor')];
    expect(planRoles(wanted, new Set(['msr_owner', 'pg_signal_backend']))).toEqual({
      statements: [],
      remarks: [],
    });
  });

  it('creates what is missing, all roles before their memberships, and says that there is no password', () => {
    const wanted = [
      role('msr_sink', { memberOf: ['writers', 'nobody knows'] }),
      role('writers', { login: false, inherit: false, connectionLimit: 3 }),
    ];
    expect(planRoles(wanted, new Set())).toEqual({
      statements: [
        'CREATE ROLE "msr_sink" LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1',
        'CREATE ROLE "writers" NOLOGIN NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 3',
        'GRANT "writers" TO "msr_sink"',
      ],
      remarks: ['role msr_sink was missing and was created without a password: set one before it is used'],
    });
  });

  it('makes nobody all-powerful, and quotes names', () => {
    const powerful = role('a "b"', { superuser: true, replication: true, bypassRls: true, login: false });
    expect(planRoles([powerful], new Set())).toEqual({
      statements: ['CREATE ROLE "a ""b""" NOLOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1'],
      remarks: ['role a "b" was created without SUPERUSER, REPLICATION, BYPASSRLS'],
    });
  });
});
