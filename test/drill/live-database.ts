import type { Msr } from '../bed/msr.ts';
import { withClient } from '../bed/timescale/server.ts';

/** Drops the live database under whoever uses it, as a lost volume would. */
export async function dropDatabase(msr: Msr): Promise<void> {
  await withClient(msr.url('admin', 'postgres'), (client) =>
    client.query(`DROP DATABASE "${msr.database}" WITH (FORCE)`),
  );
}

/**
 * What the policies have done in a database that has lived for days: the aggregate refreshed, and events
 * older than a day in the columnstore. The Apache edition has neither.
 *
 * The aggregate's retention sleeps. It would drop the very day that maintenance needs, earlier or
 * later depending on the hour: its chunks end every ten hours. The guard would then rightly skip
 * maintenance. So the drill shows maintenance dropping events at any hour, and a job that was asleep
 * must be asleep in the end.
 */
export async function ageDatabase(msr: Msr): Promise<void> {
  await msr.refreshAggregate();
  await msr.query('admin', async (client) => {
    await client.query(
      `SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass, if_not_compressed => true)
       FROM timescaledb_information.chunks
       WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' AND range_end < now() - interval '1 day'`,
    );
    await client.query(
      `SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs
       WHERE proc_name = 'policy_retention'`,
    );
  });
}

/**
 * Procedures of the jobs that sleep; TimescaleDB's own (below 1000) and the Apache edition have none.
 */
export async function sleepingJobs(msr: Msr): Promise<string[]> {
  return msr.query('admin', async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT proc_name AS name FROM timescaledb_information.jobs
       WHERE job_id >= 1000 AND NOT scheduled ORDER BY proc_name`,
    );
    return rows.map(({ name }) => name);
  });
}
