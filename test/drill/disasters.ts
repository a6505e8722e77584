import type { Msr } from '../bed/msr.ts';
import { deployBadly } from './bad-deployment.ts';
import { dropDatabase } from './live-database.ts';
import type { LiveProducer } from './live-producer.ts';
import type { Struck } from './struck.ts';

export const DISASTERS = ['database-loss', 'database-corruption', 'point-in-time'] as const;
export type Disaster = (typeof DISASTERS)[number];

/** Where a disaster strikes. */
export interface Place {
  readonly msr: Msr;
  readonly producer: LiveProducer;
}

const EVERYTHING_BACK = { flags: [], verdict: 'recovered', leftOut: [], undoable: false } as const;

export async function strike(disaster: Disaster, { msr, producer }: Place): Promise<Struck> {
  switch (disaster) {
    case 'database-loss':
      return { ...EVERYTHING_BACK, said: await loseDatabase(msr) };
    case 'database-corruption':
      return { ...EVERYTHING_BACK, said: await corruptDatabase(msr) };
    case 'point-in-time':
      return await deployBadly(msr, producer);
  }
}

async function loseDatabase(msr: Msr): Promise<string> {
  await dropDatabase(msr);
  return `database ${msr.database} dropped while the sink was writing to it`;
}

/** A range of rows, one table and a whole chunk. The sink goes on writing to what is left. */
async function corruptDatabase(msr: Msr): Promise<string> {
  return msr.query('admin', async (client) => {
    const deleted = await client.query(
      `DELETE FROM msr.cdc_event
       WHERE event_timestamp >= now() - interval '12 hours' AND event_timestamp < now() - interval '10 hours'
         AND entity_id LIKE '%3'`,
    );
    const chunk = await client.query<{ chunk: string }>(
      `SELECT format('%I.%I', chunk_schema, chunk_name) AS chunk FROM timescaledb_information.chunks
       WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' AND range_end < now() - interval '20 hours'
       ORDER BY range_end DESC LIMIT 1`,
    );
    const name = chunk.rows[0]?.chunk;
    if (name === undefined) throw new Error('the history left no chunk to destroy');
    await client.query(`TRUNCATE ${name}`);
    await client.query('DROP TABLE msr.earliest_snapshot_a CASCADE');
    return `${deleted.rowCount} rows deleted, chunk ${name} emptied, msr.earliest_snapshot_a dropped`;
  });
}
