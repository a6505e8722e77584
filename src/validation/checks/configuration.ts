import { Cron } from 'croner';
import { type CheckContext, type Finding, failed, passed } from '../check.ts';

/** The playbook's critical entries. */
const REQUIRED = ['MAX_PLAYBACK_RANGE', 'DATA_RETENTION_CRON_EXPRESSION', 'MAX_ACTIVE_SESSIONS'] as const;
/** Days, sessions, hours and MB: each needs at least one. The lag alone may be none. */
const AT_LEAST: ReadonlyMap<string, number> = new Map([
  ['MAX_PLAYBACK_RANGE', 1],
  ['MAX_ACTIVE_SESSIONS', 1],
  ['QUERY_WORK_MEM_MB', 1],
  ['COLUMNSTORE_COMPRESSION_AGE_DAYS', 1],
  ['CAGG_REFRESH_INTERVAL_HOURS', 1],
  ['CAGG_REFRESH_LAG_DAYS', 0],
]);
const CRON = 'DATA_RETENTION_CRON_EXPRESSION';

/** @param values by key; a key that is missing has no row */
export function judgeConfiguration(values: ReadonlyMap<string, string | null>): Finding {
  const wrong = [
    ...REQUIRED.filter((key) => !values.has(key)).map((key) => `${key} is missing`),
    ...[...values].flatMap(([key, value]) => faultOfValue(key, value) ?? []),
  ];
  if (wrong.length > 0) {
    return failed(
      wrong.join('; '),
      'set it in msr.configuration; `msr backups show` has the values of a backup',
    );
  }
  return passed(REQUIRED.map((key) => `${key} ${values.get(key)}`).join(', '));
}

/** Why MSR could not run by these values; undefined where it could. */
export function configurationFault(values: ReadonlyMap<string, string | null>): string | undefined {
  const { outcome, fact } = judgeConfiguration(values);
  return outcome === 'failed' ? fact : undefined;
}

/** Why MSR could not run by it, or would do harm; undefined for a key that is not known here. */
function faultOfValue(key: string, value: string | null): string | undefined {
  const least = AT_LEAST.get(key);
  if (least === undefined && key !== CRON) return undefined;
  if (value === null || value.trim() === '') return `${key} is empty`;
  if (key === CRON) return faultOfCron(value.trim());
  if (/^\d+$/.test(value) && Number(value) >= (least ?? 0)) return undefined;
  return `${key} is ${value}, not a number ${least === 0 ? 'from 0 on' : 'above 0'}`;
}

/** An expression in a dialect that only the MSR API reads is not called wrong. */
function faultOfCron(expression: string): string | undefined {
  const fields = expression.split(/\s+/).length;
  if (!expression.startsWith('@') && (fields < 5 || fields > 7))
    return `${CRON} is ${expression}, no cron expression`;
  try {
    const next = new Cron(expression, { timezone: 'UTC', paused: true }).nextRun(A_YEAR_BEFORE_A_LEAP_YEAR);
    return next === null ? `${CRON} is ${expression}, which never comes` : undefined;
  } catch {
    return undefined;
  }
}

const A_YEAR_BEFORE_A_LEAP_YEAR = new Date('2027-01-01T00:00:00Z');

/** The entries without which MSR does not run are there, with values that it can read. */
export async function checkConfiguration({ session }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<{ config_key: string; value: string | null }>(
    'SELECT config_key, value FROM msr.configuration',
  );
  return judgeConfiguration(new Map(rows.map(({ config_key, value }) => [config_key, value])));
}
