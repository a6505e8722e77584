import { describe, expect, it } from 'vitest';
import { planDatabaseSettings } from '../../../src/recovery/restore/database-settings.ts';

const settings = (
  acl: string[] | null,
  list: { role: string | null; name: string; value: string }[] = [],
) => ({
  owner: 'msr_owner',
  acl,
  connectionLimit: -1,
  settings: list,
});

describe('planDatabaseSettings', () => {
  it('leaves the default ACL as it is', () => {
    expect(planDatabaseSettings('new', settings(null))).toEqual({ statements: [], remarks: [] });
  });

  it('gives what the ACL gives, no less and no more', () => {
    const acl = ['=T/msr_owner', 'msr_owner=CTc/msr_owner', 'msr_sink=c*/msr_owner', '"a=""b"=c/msr_owner'];
    expect(planDatabaseSettings('new', settings(acl)).statements).toEqual([
      'REVOKE ALL ON DATABASE "new" FROM PUBLIC, "msr_owner"',
      'GRANT TEMPORARY ON DATABASE "new" TO PUBLIC',
      'GRANT CREATE ON DATABASE "new" TO "msr_owner"',
      'GRANT TEMPORARY ON DATABASE "new" TO "msr_owner"',
      'GRANT CONNECT ON DATABASE "new" TO "msr_owner"',
      'GRANT CONNECT ON DATABASE "new" TO "msr_sink" WITH GRANT OPTION',
      'GRANT CONNECT ON DATABASE "new" TO "a=""b"',
    ]);
  });

  it('sets what was set, for all and for one role, but not the mode of the restore itself', () => {
    const list = [
      { role: null, name: 'work_mem', value: '64MB' },
      { role: 'msr_api', name: 'statement_timeout', value: "it's" },
      { role: null, name: 'search_path', value: 'msr, public' },
      { role: null, name: 'timescaledb.restoring', value: 'on' },
      { role: null, name: 'timescaledb.max_tuples_decompressed_per_dml_transaction', value: '0' },
    ];
    expect(planDatabaseSettings('n', settings(null, list)).statements).toEqual([
      `ALTER DATABASE "n" SET "work_mem" TO '64MB'`,
      `ALTER ROLE "msr_api" IN DATABASE "n" SET "statement_timeout" TO 'it''s'`,
      `ALTER DATABASE "n" SET "search_path" TO 'msr', 'public'`,
      `ALTER DATABASE "n" SET "timescaledb"."max_tuples_decompressed_per_dml_transaction" TO '0'`,
    ]);
  });

  it('tells what is a secret, and what is no list of names, instead of setting it', () => {
    const list = [
      { role: null, name: 'app.secret', value: `\${secret:app.secret}` },
      { role: 'evil', name: 'search_path', value: 'public; ALTER ROLE evil SUPERUSER' },
    ];
    expect(planDatabaseSettings('n', settings(null, list))).toEqual({
      statements: [],
      remarks: [
        `the setting app.secret is a secret, which no backup holds: ALTER DATABASE "n" SET "app"."secret" TO '…'`,
        'ALTER ROLE "evil" IN DATABASE "n" SET search_path was left out: "public; ALTER ROLE evil SUPERUSER" is no list of names',
      ],
    });
  });

  it.each(['nonsense', 'sink=X/owner'])('refuses what is no ACL of a database: %s', (item) => {
    expect(() => planDatabaseSettings('n', settings([item]))).toThrow(RangeError);
  });
});
