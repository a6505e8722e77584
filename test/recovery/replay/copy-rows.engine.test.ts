import { expect, it } from 'vitest';
import { withSession } from '../../../src/clients/postgres.ts';
import { eventHash } from '../../../src/ledger/digest.ts';
import { EVENT_HASH_SQL } from '../../../src/ledger/digest-sql.ts';
import { copyRows } from '../../../src/recovery/replay/copy-rows.ts';
import { RowBuffer } from '../../../src/sink/row-buffer.ts';
import { chooseSeed } from '../../bed/random.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { randomEvents } from '../../ledger/twins.ts';
import { kafkaRecord } from '../../sink/records.ts';

const seed = chooseSeed();

it(`rows in COPY's binary format hold the events that they were made of (MSR_BED_SEED=${seed})`, async () => {
  const msr = await sharedBed().createMsr({ name: 'copybinary', sink: false });
  try {
    const events = randomEvents(seed, 400);
    const buffer = new RowBuffer(1);
    const rows = events.map((event) => ({ row: buffer.append(event), record: kafkaRecord(null) }));
    const hashes = events.map((event) => String(eventHash(event)));
    expect(rows.map(({ row }) => String(row.hash))).toEqual(hashes);

    const held = await withSession(msr.url('admin'), { purpose: 'test copy' }, async (session) => {
      // In parts that lie between each other, as where a dump holds some of them.
      const isFirst = (n: number) => n % 7 === 0 || n % 3 === 1;
      await copyRows(
        session,
        buffer,
        rows.filter((_, n) => isFirst(n)),
      );
      await copyRows(
        session,
        buffer,
        rows.filter((_, n) => !isFirst(n)),
      );
      return await session.query<{ hash: string }>(
        `SELECT (${EVENT_HASH_SQL})::text AS hash FROM msr.cdc_event`,
      );
    });
    expect(held.rows.map(({ hash }) => hash).sort()).toEqual(hashes.sort());
  } finally {
    await msr.drop();
  }
});
