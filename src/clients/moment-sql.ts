/**
 * A timestamptz as text in ISO 8601 to the millisecond, as a Date of JavaScript prints it; `infinity` and
 * `-infinity` as they are, and `BC` behind a moment before our era. NULL stays NULL.
 * @param moment an SQL expression that can be repeated
 */
export function isoMomentSql(moment: string): string {
  const text = `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return `CASE WHEN NOT isfinite(${moment}) THEN (${moment})::text
               WHEN ${moment} < '0001-01-01T00:00:00Z' THEN ${text} || ' BC' ELSE ${text} END`;
}

/** Beyond every moment that PostgreSQL has, and within its bigint. */
const FOREVER = '9223372036854775807';

/**
 * A timestamptz as microseconds since the epoch, in text: JavaScript's Date would cut the last three digits,
 * a number the rest. Infinity is the largest bigint, since PostgreSQL refuses to make one of it.
 */
export function microsSql(moment: string): string {
  return `CASE ${moment} WHEN 'infinity' THEN '${FOREVER}' WHEN '-infinity' THEN '-${FOREVER}'
          ELSE (extract(epoch FROM ${moment}) * 1000000)::bigint::text END`;
}
