import type { Client } from 'pg';
import type { Msr } from '../bed/msr.ts';
import { CHANGE, damageHour, HOUR_MS, LOSE } from '../recovery/repair/damage-hour.ts';
import { missingAfter } from './missing-after.ts';
import { EVERYTHING_BACK, type Struck } from './struck.ts';

/**
 * Rows of one whole hour vanish, and others of another one change; the sink goes on writing beside them.
 */
export async function damageHours(msr: Msr): Promise<Struck> {
  const hour = (ago: number): Date => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - ago * HOUR_MS);
  const [from, second] = [hour(4), hour(3)];
  const rows = (): Promise<string> => msr.query('admin', (client) => digest(client, from, hour(2)));
  const sound = await rows();
  const { missing, result: changed } = await missingAfter(msr, async (client) => {
    await damageHour(client, from, LOSE);
    return await damageHour(client, second, CHANGE);
  });
  const damaged = await rows();
  if (missing.length === 0 || changed === 0) throw new Error('the history left no rows to damage');
  return {
    ...EVERYTHING_BACK,
    said: `${missing.length} rows of the hour ${from.toISOString()} deleted, ${changed} of ${second.toISOString()} changed`,
    // Damaged hours make the plan name it.
    flags: ['--full-digest'],
    procedure: 'partial',
    maintained: false,
    missingAfterUndo: missing,
    faults: async (when) => {
      const expected = when === 'recovered' ? sound : damaged;
      return (await rows()) === expected ? [] : [`${when}: the rows of the hours are not as they were`];
    },
  };
}

async function digest(client: Client, from: Date, to: Date): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT md5(string_agg(row, ',' ORDER BY row COLLATE "C")) AS digest
     FROM (SELECT (table_name, event_timestamp, entity_id, op, entity_state)::text AS row FROM msr.cdc_event
           WHERE event_timestamp >= $1 AND event_timestamp < $2) AS hours`,
    [from, to],
  );
  return rows[0]?.digest ?? '';
}
