import { afterAll, beforeAll, expect, it } from 'vitest';
import { assessSuspicions } from '../../../../src/recovery/plan/evidence/assess-suspicions.ts';
import type { Msr } from '../../../bed/msr.ts';
import { sharedBed } from '../../../bed/shared-bed.ts';

let msr: Msr;
/** Whole, so that bins and hours are where they are said to be. */
const began = new Date(Math.floor(Date.now() / 300_000) * 300_000 - 20 * 60_000 + 73_000);

beforeAll(async () => {
  msr = await bedMsr();
  await msr.query('admin', async (client) => {
    // Four hours of a platform that deletes one of twenty, and an event of the far future.
    await client.query(
      `INSERT INTO msr.cdc_event SELECT 'e' || n % 50, '{"id": 1, "name": "x"}', CASE WHEN n % 20 = 0 THEN 'd' ELSE 'u' END,
              $1::timestamptz - n * interval '2 seconds', 'gis.track' FROM generate_series(1, 7200) AS n`,
      [began],
    );
    await client.query(`INSERT INTO msr.cdc_event VALUES ('e', '{}', 'u', 'infinity', 'gis.track')`);
  });
});
afterAll(() => msr?.drop());

const bedMsr = () => sharedBed().createMsr({ name: 'suspicions', sink: false });

it('a quiet platform is not suspected', async () => {
  expect(await assessSuspicions(msr.url('backup'))).toEqual([]);
});

it('deletes, and states without a name, are dated to the second where they began', async () => {
  await msr.query('admin', (client) =>
    client.query(
      `INSERT INTO msr.cdc_event SELECT 'e' || n, '{"id": 1, "name": null}', CASE WHEN n % 2 = 0 THEN 'd' ELSE 'u' END,
              $1::timestamptz + n * interval '0.5 seconds', 'gis.track' FROM generate_series(0, 1199) AS n`,
      [began],
    ),
  );
  const found = await assessSuspicions(msr.url('backup'));
  expect(found).toMatchObject([
    { kind: 'deletes', table: 'gis.track', at: began.toISOString(), events: expect.any(Number) },
    { kind: 'shape', table: 'gis.track', text: '"name" is null, was string' },
  ]);
  expect(Math.abs(Date.parse(found[1]?.at ?? '') - began.getTime())).toBeLessThan(1_000);
});

it('a database without events, or without the table, says nothing', async () => {
  await msr.query('admin', (client) => client.query('DROP TABLE msr.cdc_event CASCADE'));
  expect(await assessSuspicions(msr.url('backup'))).toEqual([]);
  expect(await assessSuspicions(msr.url('backup', 'no_such_database'))).toEqual([]);
});
