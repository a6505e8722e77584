import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import { withDatabase } from '../../src/clients/postgres-url.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();
const NAME = `session "a+b@c" %41 é`;

const administer = (statement: string) =>
  withSession(bed.adminUrl, { purpose: 'test' }, (session) => session.query(statement));
const identifier = `"${NAME.replaceAll('"', '""')}"`;

/** What the database asks for, and what a session of ours has all the same. */
const SETTINGS: ReadonlyArray<readonly [name: string, ofDatabase: string, ours: string]> = [
  ['datestyle', "'Postgres, DMY'", 'ISO, MDY'],
  ['intervalstyle', "'iso_8601'", 'postgres'],
  ['timezone', "'Asia/Kathmandu'", 'UTC'],
  ['bytea_output', "'escape'", 'hex'],
  ['extra_float_digits', '-3', '1'],
  ['standard_conforming_strings', 'off', 'on'],
  ['quote_all_identifiers', 'on', 'off'],
  ['array_nulls', 'off', 'on'],
  ['row_security', 'on', 'off'],
  ['search_path', 'public', 'pg_catalog, pg_temp'],
  ['statement_timeout', "'1s'", '0'],
  ['lock_timeout', "'1s'", '0'],
  ['idle_in_transaction_session_timeout', "'1s'", '0'],
  ['idle_session_timeout', "'1s'", '0'],
  ['transaction_timeout', "'150ms'", '0'],
  ['default_transaction_read_only', 'on', 'off'],
  ['default_transaction_isolation', "'serializable'", 'read committed'],
  ['default_transaction_deferrable', 'on', 'off'],
  ['session_replication_role', "'replica'", 'origin'],
  ['tcp_keepalives_idle', '7000', '30'],
];

beforeAll(async () => {
  await administer(`CREATE DATABASE ${identifier} TEMPLATE template0`);
  for (const [name, value] of SETTINGS)
    await administer(`ALTER DATABASE ${identifier} SET ${name} = ${value}`);
});
afterAll(() => administer(`DROP DATABASE IF EXISTS ${identifier} WITH (FORCE)`));

describe('a session', () => {
  it.each(['', '?options=-c%20work_mem%3D7MB%20-c%20datestyle%3DGerman&application_name=else'])(
    'has its own settings, whatever database, name and URL%s say',
    async (query) => {
      const url = withDatabase(bed.adminUrl, NAME) + query;
      const { rows } = await withSession(url, { purpose: 'test' }, (session) =>
        session.query(
          `SELECT current_database() AS database, current_setting('application_name') AS application,
                  ${SETTINGS.map(([name]) => `current_setting('${name}') AS ${name}`).join(', ')}`,
        ),
      );
      const ours = Object.fromEntries(SETTINGS.map(([name, , value]) => [name, value]));
      expect(rows).toEqual([{ database: NAME, application: 'msr test', ...ours }]);
    },
  );

  it('reads a moment as one, and says what is none', async () => {
    await withSession(withDatabase(bed.adminUrl, NAME), { purpose: 'test' }, async (session) => {
      const { rows } = await session.query(`SELECT timestamptz '2026-11-23 04:15:02Z' AS moment`);
      expect(rows).toEqual([{ moment: new Date('2026-11-23T04:15:02Z') }]);
      await session.query(`SET datestyle = 'German'`);
      await expect(session.query(`SELECT timestamptz '2026-11-23 04:15:02Z'`)).rejects.toMatchObject({
        name: 'UnreadableMomentError',
        message: 'the server wrote "23.11.2026 04:15:02 UTC" where a moment in ISO 8601 belongs',
        hint: expect.stringContaining('DateStyle'),
      });
      // The session is whole after it.
      expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });
  });
});
