import { afterAll, beforeAll, expect, it } from 'vitest';
import { withSession } from '../../../src/clients/postgres.ts';
import { openIfReadable } from '../../../src/recovery/cutover/databases.ts';
import { copySmallTables } from '../../../src/recovery/cutover/small-tables.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';

let msr: Msr;
beforeAll(async () => {
  msr = await sharedBed().createMsr({ name: 'smalltables', tasks: 1, partitions: 1, jobs: false });
});
afterAll(() => msr.drop());

it('a lock that somebody keeps in the old database does not hold up the cutover, whose sink stands still', async () => {
  const url = msr.url('admin');
  await withSession(url, { purpose: 'test lock' }, async (holder) => {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE msr.session');
    const old = await openIfReadable(url, 'test', 'off');
    if ('why' in old) throw new Error(old.why);
    const copied = await withSession(url, { purpose: 'test' }, (recovered) =>
      copySmallTables(old.session, recovered),
    );
    await old.session.end();
    expect(copied).toMatchObject([
      { table: 'msr.session', from: 'backup', why: expect.stringContaining('lock timeout') },
      { table: 'msr.configuration', from: 'old database' },
    ]);
  });
}, 30_000);

it('an owner who is no superuser copies without firing triggers, and leaves alone what others refer to', async () => {
  await msr.query('owner', async (owner) => {
    await owner.query(`
      CREATE FUNCTION msr.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT OR DELETE ON msr.configuration FOR EACH ROW EXECUTE FUNCTION msr.refuse();
      CREATE TRIGGER asleep BEFORE INSERT ON msr.configuration FOR EACH ROW EXECUTE FUNCTION msr.refuse();
      ALTER TABLE msr.configuration DISABLE TRIGGER asleep;
      ALTER TABLE msr.session ADD COLUMN parent bigint UNIQUE;
      ALTER TABLE msr.session ADD FOREIGN KEY (parent) REFERENCES msr.session (parent);`);
  });
  const url = msr.url('owner');
  const copied = await withSession(url, { purpose: 'test' }, (old) =>
    withSession(url, { purpose: 'test' }, (recovered) => copySmallTables(old, recovered)),
  );
  expect(copied).toMatchObject([
    { table: 'msr.session', from: 'backup', why: expect.stringContaining('msr.session refer to it') },
    { table: 'msr.configuration', from: 'old database' },
  ]);
  const { rows } = await msr.query('owner', (owner) =>
    owner.query(
      `SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'msr.configuration'::regclass ORDER BY 1`,
    ),
  );
  expect(rows).toEqual([
    { tgname: 'asleep', tgenabled: 'D' },
    { tgname: 'refuse', tgenabled: 'O' },
  ]);
}, 30_000);
