import { type CheckContext, type Finding, failed, passed } from '../check.ts';

/** The playbook's critical entries. */
const REQUIRED = ['MAX_PLAYBACK_RANGE', 'DATA_RETENTION_CRON_EXPRESSION', 'MAX_ACTIVE_SESSIONS'] as const;
const NUMBERS: readonly string[] = ['MAX_PLAYBACK_RANGE', 'MAX_ACTIVE_SESSIONS'];

/** @param values by key; a key that is missing has no row */
export function judgeConfiguration(values: ReadonlyMap<string, string | null>): Finding {
  const wrong = REQUIRED.flatMap((key) => {
    const value = values.get(key);
    if (value === undefined) return [`${key} is missing`];
    if (value === null || value.trim() === '') return [`${key} is empty`];
    return NUMBERS.includes(key) && !/^[1-9]\d*$/.test(value)
      ? [`${key} is ${value}, not a number above 0`]
      : [];
  });
  if (wrong.length > 0) {
    return failed(
      wrong.join('; '),
      'set it in msr.configuration; `msr backups show` has the values of a backup',
    );
  }
  return passed(REQUIRED.map((key) => `${key} ${values.get(key)}`).join(', '));
}

/** The entries without which MSR does not run are there, with values that it can read. */
export async function checkConfiguration({ session }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<{ config_key: string; value: string | null }>(
    'SELECT config_key, value FROM msr.configuration',
  );
  return judgeConfiguration(new Map(rows.map(({ config_key, value }) => [config_key, value])));
}
