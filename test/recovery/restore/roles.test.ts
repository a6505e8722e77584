import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { type ExistingRole, planRoles } from '../../../src/recovery/restore/roles.ts';

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

const there = (name: string, change: Partial<ExistingRole> = {}): ExistingRole => ({
  name,
  superuser: false,
  memberOf: [],
  settings: [],
  ...change,
});

describe('planRoles', () => {
  it('leaves alone what is there', () => {
    const wanted = [role('msr_owner', { memberOf: ['pg_signal_backend'] }), role('pg_monitor')];
    expect(
      planRoles(wanted, [
        there('msr_owner', { memberOf: ['pg_signal_backend'] }),
        there('pg_signal_backend'),
      ]),
    ).toEqual({
      statements: [],
      remarks: [],
    });
  });

  it('creates what is missing, all roles before their memberships, and says that there is no password', () => {
    const wanted = [
      role('msr_sink', { memberOf: ['writers', 'nobody knows'] }),
      role('writers', { login: false, inherit: false, connectionLimit: 3 }),
    ];
    expect(planRoles(wanted, [])).toEqual({
      statements: [
        'CREATE ROLE "msr_sink" LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1',
        'CREATE ROLE "writers" NOLOGIN NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 3',
        'GRANT "writers" TO "msr_sink"',
      ],
      remarks: [
        'role msr_sink was missing and was created without a password: set one before it is used',
        'role msr_sink was not made a member of nobody knows; where it should be: GRANT "nobody knows" TO "msr_sink"',
      ],
    });
  });

  it('makes nobody all-powerful, and quotes names', () => {
    const powerful = role('a "b"', { superuser: true, replication: true, bypassRls: true, login: false });
    expect(planRoles([powerful], [])).toEqual({
      statements: ['CREATE ROLE "a ""b""" NOLOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1'],
      remarks: ['role a "b" was created without SUPERUSER, REPLICATION, BYPASSRLS'],
    });
  });

  it('carries memberships with their options, settings, and how long a role is valid', () => {
    const wanted = [
      role('readers', { login: false }),
      role('ann', {
        login: false,
        validUntil: '2027-01-01T00:00:00+00:00',
        memberOf: ['readers'],
        memberships: [{ group: 'readers', admin: true, inherit: false, set: false }],
        settings: [
          { name: 'search_path', value: 'msr, "a b"' },
          { name: 'app.token', value: `\${secret:app.token}` },
        ],
      }),
    ];
    expect(planRoles(wanted, [])).toEqual({
      statements: [
        'CREATE ROLE "readers" NOLOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1',
        `CREATE ROLE "ann" NOLOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1 VALID UNTIL '2027-01-01T00:00:00+00:00'`,
        'GRANT "readers" TO "ann" WITH ADMIN OPTION, INHERIT FALSE, SET FALSE',
        `ALTER ROLE "ann" SET "search_path" TO 'msr', 'a b'`,
      ],
      remarks: [
        `the setting app.token is a secret, which no backup holds: ALTER ROLE "ann" SET "app"."token" TO '…'`,
      ],
    });
  });

  it('lists with its SQL what a role that is there lacks, and changes nothing of it', () => {
    const wanted = [
      role('ann', { memberOf: ['readers'], settings: [{ name: 'work_mem', value: '64MB' }] }),
      role('bob', { memberOf: ['readers'], settings: [{ name: 'work_mem', value: '64MB' }] }),
    ];
    const bob = there('bob', { memberOf: ['readers'], settings: [{ name: 'work_mem', value: '64MB' }] });
    expect(planRoles(wanted, [there('readers'), there('ann'), bob])).toEqual({
      statements: [],
      remarks: [
        `role ann was there already, without what it had: GRANT "readers" TO "ann"; ALTER ROLE "ann" SET "work_mem" TO '64MB'`,
      ],
    });
  });

  it('makes nobody a member of who is all-powerful', () => {
    const wanted = [
      role('eve', { login: false, memberOf: ['boss', 'pg_execute_server_program', 'pg_monitor'] }),
    ];
    const existing = [
      there('boss', { superuser: true }),
      there('pg_execute_server_program'),
      there('pg_monitor'),
    ];
    const { statements, remarks } = planRoles(wanted, existing);
    expect(statements.slice(1)).toEqual(['GRANT "pg_monitor" TO "eve"']);
    expect(remarks).toEqual([
      'role eve was not made a member of boss; where it should be: GRANT "boss" TO "eve"',
      'role eve was not made a member of pg_execute_server_program; where it should be: GRANT "pg_execute_server_program" TO "eve"',
    ]);
  });
});
