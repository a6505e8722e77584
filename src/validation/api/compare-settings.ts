/** The API's word for each of MSR's settings that it tells. */
const TOLD: Readonly<Record<string, string>> = {
  MAX_PLAYBACK_RANGE: 'max_playback_range',
  MAX_ACTIVE_SESSIONS: 'max_active_sessions',
  DATA_RETENTION_CRON_EXPRESSION: 'data_retention_cron_expression',
};

/**
 * Pure: which settings the API goes by that are not those of the database.
 * @param told the answer to GET /admin/settings
 * @param rows value by key of msr.configuration
 */
export function compareSettings(
  told: Readonly<Record<string, unknown>>,
  rows: ReadonlyMap<string, string | null>,
): {
  readonly compared: number;
  readonly differences: readonly string[];
  readonly untold: readonly string[];
} {
  const known = Object.entries(TOLD).filter(([key]) => rows.has(key));
  const untold = known.filter(([, word]) => told[word] === undefined).map(([key]) => key);
  const differences = known.flatMap(([key, word]) => {
    const [value, row] = [told[word], rows.get(key)];
    if (value === undefined || String(value).trim() === String(row ?? '').trim()) return [];
    return [`${key} is ${row ?? 'empty'} in the database, and ${JSON.stringify(value)} to the API`];
  });
  return { compared: known.length - untold.length, differences, untold };
}
