import { describe, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import { chooseSeed } from '../bed/random.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { compareDigests, compareJsonbTexts, type Query } from './twins.ts';

/** The same on the server that the bed runs: its collation, encoding and version are the real ones. */
describe('twins in TypeScript and SQL on the real server', () => {
  const bed = sharedBed();
  const seed = chooseSeed();
  const onServer = (work: (query: Query) => Promise<void>) =>
    withSession(bed.adminUrl, { purpose: 'test twins' }, (session) =>
      work(async (sql, values) => (await session.query<Record<string, unknown>>(sql, values)).rows),
    );

  it(`jsonbText prints what jsonb prints (MSR_BED_SEED=${seed})`, async () => {
    await onServer((query) => compareJsonbTexts(query, seed, 30_000));
  });

  it(`eventHash and eventHour equal their SQL (MSR_BED_SEED=${seed})`, async () => {
    await onServer((query) => compareDigests(query, seed, 5_000));
  });
});
