import type { Client } from 'pg';
import type { Msr } from '../bed/msr.ts';
import { missingAfter } from './missing-after.ts';
import { EVERYTHING_BACK, type Struck } from './struck.ts';

/** A range of rows, one table and a whole chunk. The sink goes on writing to what is left. */
export async function corruptDatabase(msr: Msr): Promise<Struck> {
  const { missing, result } = await missingAfter(msr, async (client) => {
    const deleted = await client.query(
      `DELETE FROM msr.cdc_event
       WHERE event_timestamp >= now() - interval '12 hours' AND event_timestamp < now() - interval '10 hours'
         AND entity_id LIKE '%3'`,
    );
    const chunk = await emptyChunk(client);
    await client.query('DROP TABLE msr.earliest_snapshot_a CASCADE');
    return `${deleted.rowCount} rows deleted, chunk ${chunk} emptied, msr.earliest_snapshot_a dropped`;
  });
  // The API misses the table again.
  const undoVerdict = 'recovered, API failed';
  return { ...EVERYTHING_BACK, said: result, missingAfterUndo: missing, undoVerdict };
}

async function emptyChunk(client: Client): Promise<string> {
  const chunk = await client.query<{ chunk: string }>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS chunk FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' AND range_end < now() - interval '20 hours'
     ORDER BY range_end DESC LIMIT 1`,
  );
  const name = chunk.rows[0]?.chunk;
  if (name === undefined) throw new Error('the history left no chunk to destroy');
  await client.query(`TRUNCATE ${name}`);
  return name;
}
