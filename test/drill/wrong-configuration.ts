import { isDeepStrictEqual } from 'node:util';
import type { Msr } from '../bed/msr.ts';
import { EVERYTHING_BACK, type Struck } from './struck.ts';

/** By a range of 0 the next maintenance would drop every event; the sink notices nothing of it. */
const WRONG = [
  `UPDATE msr.configuration SET value = '0' WHERE config_key = 'MAX_PLAYBACK_RANGE'`,
  `UPDATE msr.configuration SET value = 'many' WHERE config_key = 'MAX_ACTIVE_SESSIONS'`,
  `DELETE FROM msr.configuration WHERE config_key = 'DATA_RETENTION_CRON_EXPRESSION'`,
];

export async function spoilConfiguration(msr: Msr): Promise<Struck> {
  const right = await configurationOf(msr);
  await msr.query('admin', async (client) => {
    for (const sql of WRONG) await client.query(sql);
  });
  const wrong = await configurationOf(msr);
  return {
    ...EVERYTHING_BACK,
    said: 'MAX_PLAYBACK_RANGE is 0, MAX_ACTIVE_SESSIONS is many, DATA_RETENTION_CRON_EXPRESSION is gone',
    procedure: 'configuration',
    maintained: false,
    missingAfterUndo: [],
    faults: async (when) => {
      const [found, expected] = [await configurationOf(msr), when === 'recovered' ? right : wrong];
      if (isDeepStrictEqual(found, expected)) return [];
      return [`${when}: msr.configuration is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
    },
  };
}

/** Every value by its key. */
async function configurationOf(msr: Msr): Promise<Readonly<Record<string, string | null>>> {
  const { rows } = await msr.query('admin', (client) =>
    client.query<{ config_key: string; value: string | null }>(
      'SELECT config_key, value FROM msr.configuration ORDER BY config_key',
    ),
  );
  return Object.fromEntries(rows.map(({ config_key, value }) => [config_key, value]));
}
