import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRoles } from '../../src/backup/contents/role-facts.ts';
import { withSession } from '../../src/clients/postgres.ts';
import { copySmallTables, type SmallTable } from '../../src/recovery/cutover/small-tables.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';

/** What others met when they copied tables or roles between two databases, tried on a cutover's copy. */
const bed = sharedBed();
let old: Msr;
let recovered: Msr;

beforeAll(async () => {
  const make = (name: string) => bed.createMsr({ name, sink: false, jobs: false, partitions: 1 });
  [old, recovered] = await Promise.all([make('strangeold'), make('strangenew')]);
});
afterAll(async () => {
  await old?.drop();
  await recovered?.drop();
});

async function both(sql: string): Promise<void> {
  for (const msr of [old, recovered]) await msr.query('admin', (session) => session.query(sql));
}

async function copy(): Promise<SmallTable[]> {
  return await withSession(old.url('admin'), { purpose: 'test' }, (from) =>
    withSession(recovered.url('admin'), { purpose: 'test' }, (to) => copySmallTables(from, to)),
  );
}

const addSessions = (msr: Msr, count: number) =>
  msr.query('admin', (session) =>
    session.query(
      `INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by)
       SELECT 'u' || n, 't', 'ACTIVE', 'u', 'u' FROM generate_series(1, $1::int) AS n`,
      [count],
    ),
  );

it('a counter that a column draws from without owning it goes on where it had come to (dimitri/pgcopydb#6)', async () => {
  await both(`
    CREATE SEQUENCE msr."Ticket counter";
    ALTER TABLE msr.session ADD COLUMN ticket bigint UNIQUE DEFAULT nextval('msr."Ticket counter"');`);
  await addSessions(old, 7);
  expect(await copy()).toMatchObject([{ from: 'old database' }, { from: 'old database' }]);
  const next = await recovered.query('admin', (session) =>
    session.query(`SELECT nextval('msr."Ticket counter"')::int AS next`),
  );
  const last = await old.query('admin', (session) =>
    session.query(`SELECT max(ticket)::int AS last FROM msr.session`),
  );
  expect(next.rows[0]?.next).toBe(last.rows[0]?.last + 1);
  await addSessions(recovered, 1);
});

it('rows that other tables refer to are not taken away from under a foreign key (flatcar/nebraska#1632)', async () => {
  const note = `
    CREATE TABLE msr.note (session_id bigint REFERENCES msr.session (ticket) ON DELETE CASCADE, text text);
    INSERT INTO msr.note SELECT min(ticket), 'of ' || min(ticket) FROM msr.session;`;
  await both(note);
  expect(await copy()).toMatchObject([{ table: 'msr.session', from: 'old database' }, {}]);
  // Ended by its user since the backup: the copy of notes is that of the backup, and still names it.
  await old.query('admin', (session) =>
    session.query('DELETE FROM msr.session WHERE ticket = (SELECT min(ticket) FROM msr.session)'),
  );
  const before = await recovered.query('admin', (session) => session.query('SELECT ticket FROM msr.session'));
  expect(await copy()).toMatchObject([
    {
      table: 'msr.session',
      from: 'backup',
      why: '1 rows of msr.note refer to none of its rows in the old database, since they go back to the backup',
    },
    { table: 'msr.configuration', from: 'old database' },
  ]);
  const after = await recovered.query('admin', (session) => session.query('SELECT ticket FROM msr.session'));
  expect(after.rows).toEqual(before.rows);
  await both('DROP TABLE msr.note');
});

it('a role that only default privileges name is one that the database needs (ctti-clinicaltrials/aact#774)', async () => {
  const [giver, taker] = [`${bed.prefix}_giver`, `${bed.prefix}_taker`].map(escapeIdentifier);
  await old.query('admin', async (session) => {
    await session.query(`CREATE ROLE ${giver}; CREATE ROLE ${taker}`);
    await session.query(
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${giver} IN SCHEMA msr GRANT SELECT ON TABLES TO ${taker}`,
    );
  });
  try {
    const roles = await withSession(old.url('admin'), { purpose: 'test' }, readRoles);
    expect(roles.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`${bed.prefix}_giver`, `${bed.prefix}_taker`]),
    );
  } finally {
    // One by one: PostgreSQL stumbles over a default privilege that is dropped from both its ends.
    for (const role of [giver, taker]) {
      await old.query('admin', (session) => session.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    }
  }
});
