import { expect, test } from 'vitest';
import { lookWhere } from '../../src/validation/look-where.ts';
import { freePort } from '../bed/ports.ts';

const live = 'postgres://msr@127.0.0.1:1/msr';

test('one server: nobody else is asked', async () => {
  expect(await lookWhere({ databaseUrl: live, targetDatabaseUrl: live })).toEqual({ url: live });
});

test("a target's server that does not answer: MSR_DATABASE_URL, and the reason", async () => {
  const port = await freePort();
  const targetDatabaseUrl = `postgres://postgres:secret@127.0.0.1:${port}/msr`;
  expect(await lookWhere({ databaseUrl: live, targetDatabaseUrl })).toEqual({
    url: live,
    remark: `looked at the database of MSR_DATABASE_URL; whether a recovery has moved the live one, nobody can tell: 127.0.0.1:${port}/postgres cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
  });
});
