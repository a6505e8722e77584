import { afterAll, beforeAll, expect, it } from 'vitest';
import { withSession } from '../../../lambdas/clients/postgres.ts';
import { openIfReadable } from '../../../lambdas/recovery/cutover/databases.ts';
import { copySmallTables } from '../../../lambdas/recovery/cutover/small-tables.ts';
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
