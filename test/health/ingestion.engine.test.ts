import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import type { IngestionFacts } from '../../src/health/judge-ingestion.ts';
import { readIngestion } from '../../src/health/look-at-ingestion.ts';
import type { Msr } from '../bed/bed.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();

describe('the newest event, as the backup role finds it', () => {
  let msr: Msr;
  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'newest', partitions: 1, sink: false, jobs: false });
  });
  afterAll(() => msr?.drop());

  const look = () => withSession(msr.url('backup'), { purpose: 'test' }, (session) => readIngestion(session));
  const insert = (time: string) =>
    msr.query('admin', (admin) =>
      admin.query(`INSERT INTO msr.cdc_event VALUES ('e', '{"n": 1}', 'c', ${time}, 'gis.geo_entity')`),
    );
  const ageOf = ({ ageSeconds }: IngestionFacts) => Math.round((ageSeconds ?? -1) / 60);

  it('is looked for in the last hours, days, and chunk by chunk, past those that stand empty', async () => {
    expect(await look()).toMatchObject({ newest: null, ageSeconds: null, future: false });
    await insert(`now() - interval '90 days'`);
    expect(ageOf(await look())).toBe(90 * 24 * 60);
    for (const hours of [1000, 999, 998]) await insert(`now() - interval '${hours} hours'`);
    await msr.query('admin', (admin) =>
      admin.query(`DELETE FROM msr.cdc_event WHERE event_timestamp > now() - interval '60 days'`),
    );
    expect(ageOf(await look())).toBe(90 * 24 * 60);
    for (const [time, minutes] of [
      ['30 hours', 1800],
      ['2 hours', 120],
      ['5 minutes', 5],
    ] as const) {
      await insert(`now() - interval '${time}'`);
      expect(ageOf(await look())).toBe(minutes);
    }
  });

  it('is none of the future, nor of infinity', async () => {
    await insert(`'infinity'`);
    expect(await look()).toMatchObject({ future: false });
    await insert(`now() + interval '3 hours'`);
    const found = await look();
    expect([ageOf(found), found.future]).toEqual([5, true]);
  });

  it('is of as many as the statistics say, compressed ones included', async () => {
    await msr.query('admin', (admin) => admin.query('ANALYZE msr.cdc_event'));
    const { rows } = await msr.query('admin', (admin) =>
      admin.query<{ events: string }>(`SELECT approximate_row_count('msr.cdc_event')::text AS events`),
    );
    expect((await look()).events).toBe(Number(rows[0]?.events));
    expect((await look()).events).toBe(6);
    if (bed.edition === 'community') {
      await msr.query('admin', (admin) =>
        admin.query(
          `SELECT compress_chunk(c) FROM show_chunks('msr.cdc_event', older_than => interval '60 days') c`,
        ),
      );
      expect((await look()).events).toBe(6);
    }
  });
});
