import type { Client } from 'pg';
import type { Msr } from '../bed/msr.ts';

/** Does damage to the live database. @returns the numbers that it holds no more */
export async function missingAfter<T>(
  msr: Msr,
  damage: (client: Client) => Promise<T>,
): Promise<{ readonly missing: number[]; readonly result: T }> {
  return await msr.query('admin', async (client) => {
    await client.query(
      `CREATE TEMP TABLE held_before AS SELECT (entity_state ->> 'n')::bigint AS n FROM msr.cdc_event`,
    );
    const result = await damage(client);
    const { rows } = await client.query<{ n: string }>(
      `SELECT n FROM held_before EXCEPT SELECT (entity_state ->> 'n')::bigint FROM msr.cdc_event`,
    );
    return { missing: rows.map(({ n }) => Number(n)), result };
  });
}
