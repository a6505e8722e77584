import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import { withDatabase } from '../../src/clients/postgres-url.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();
const NAME = `session "a+b@c" %41 é`;

const administer = (statement: string) =>
  withSession(bed.adminUrl, { purpose: 'test' }, (session) => session.query(statement));
const identifier = `"${NAME.replaceAll('"', '""')}"`;

beforeAll(async () => {
  await administer(`CREATE DATABASE ${identifier} TEMPLATE template0`);
  await administer(`ALTER DATABASE ${identifier} SET statement_timeout = '1s'`);
});
afterAll(() => administer(`DROP DATABASE IF EXISTS ${identifier} WITH (FORCE)`));

describe('a session', () => {
  it.each(['', '?options=-c%20work_mem%3D7MB&application_name=else'])(
    'has its own settings, whatever database, name and URL%s say',
    async (query) => {
      const url = withDatabase(bed.adminUrl, NAME) + query;
      const { rows } = await withSession(url, { purpose: 'test' }, (session) =>
        session.query(
          `SELECT current_database() AS database, current_setting('statement_timeout') AS timeout,
                  current_setting('TimeZone') AS zone, current_setting('application_name') AS application`,
        ),
      );
      expect(rows).toEqual([{ database: NAME, timeout: '0', zone: 'UTC', application: 'msr test' }]);
    },
  );
});
