/**
 * The SQL twin of `eventHash`: concat() turns null into nothing, so null reads `:` and the empty string `0:`.
 * sha256() rather than md5(): FIPS servers refuse md5.
 */
export const EVENT_HASH_SQL = `('x' || encode(substr(sha256(convert_to(concat(
  octet_length(entity_id), ':', entity_id,
  octet_length(entity_state::text), ':', entity_state::text,
  octet_length(op::text), ':', op::text,
  octet_length(((extract(epoch FROM event_timestamp) * 1000000)::bigint)::text), ':',
  ((extract(epoch FROM event_timestamp) * 1000000)::bigint)::text,
  octet_length(table_name), ':', table_name
), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`;

/**
 * Digests per (table_name, hour) of a relation with cdc_event's columns. Runs with timescaledb.restoring off:
 * with it on, compressed chunks are invisible.
 * @param where an SQL condition without parameters of its own, for the callers that check some hours only
 */
export function hourDigestsSql(relation: string, where = 'true'): string {
  return `SELECT coalesce(table_name, '') AS "table",
       to_char(date_trunc('hour', event_timestamp AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:00:00"Z"') AS hour,
       count(*)::int8 AS count,
       sum(${EVENT_HASH_SQL})::text AS sum
FROM ${relation}
WHERE ${where}
GROUP BY 1, 2
ORDER BY 1, 2`;
}
