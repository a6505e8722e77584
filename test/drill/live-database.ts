import type { Msr } from '../bed/msr.ts';
import { withClient } from '../bed/timescale/server.ts';

/** Drops the live database under whoever uses it, as a lost volume would. */
export async function dropDatabase(msr: Msr): Promise<void> {
  await withClient(msr.url('admin', 'postgres'), (client) =>
    client.query(`DROP DATABASE "${msr.database}" WITH (FORCE)`),
  );
}

/**
 * What the policies have done in a database that has lived for days: the aggregate refreshed, and events older than a
 * day in the columnstore. The Apache edition has neither.
 */
export async function ageDatabase(msr: Msr): Promise<void> {
  await msr.refreshAggregate();
  await msr.query('admin', (client) =>
    client.query(
      `SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass, if_not_compressed => true)
       FROM timescaledb_information.chunks
       WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' AND range_end < now() - interval '1 day'`,
    ),
  );
}
