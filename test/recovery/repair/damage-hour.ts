import type { Client } from 'pg';
import type { Msr } from '../../bed/msr.ts';

export const HOUR_MS = 3_600_000;

/** SQL for damage(): events that are gone. */
export const LOSE = `DELETE FROM msr.cdc_event WHERE $h AND (entity_state->>'n')::int % 3 = 0`;

/** SQL for damage(): events that are others. */
export const CHANGE = `UPDATE msr.cdc_event SET op = 'x' WHERE $h AND (entity_state->>'n')::int % 5 = 0`;

/** Runs SQL on the rows of one hour; `$h` stands for their condition. @returns how many it changed */
export async function damageHour(client: Client, start: Date, sql: string, table?: string): Promise<number> {
  const until = new Date(start.getTime() + HOUR_MS);
  const ofTable = table === undefined ? '' : `AND table_name = '${table}'`;
  const hour = `(event_timestamp >= '${start.toISOString()}' AND event_timestamp < '${until.toISOString()}' ${ofTable})`;
  return (await client.query(sql.replaceAll('$h', hour))).rowCount ?? 0;
}

/** The same by a session of its own. */
export async function damage(msr: Msr, start: Date, sql: string, table?: string): Promise<void> {
  await msr.query('admin', (client) => damageHour(client, start, sql, table));
}
