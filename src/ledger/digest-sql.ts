/** Microseconds since the epoch; infinity, which no record of Kafka can bring, as PostgreSQL writes it. */
const MOMENT_SQL = `CASE WHEN isfinite(event_timestamp)
  THEN ((extract(epoch FROM event_timestamp) * 1000000)::bigint)::text ELSE event_timestamp::text END`;

/**
 * The SQL twin of `eventHash`: concat() turns null into nothing, so null reads `:` and the empty string `0:`.
 * sha256() rather than md5(): FIPS servers refuse md5.
 */
export const EVENT_HASH_SQL = `('x' || encode(substr(sha256(convert_to(concat(
  octet_length(entity_id), ':', entity_id,
  octet_length(entity_state::text), ':', entity_state::text,
  octet_length(op::text), ':', op::text,
  octet_length(${MOMENT_SQL}), ':', ${MOMENT_SQL},
  octet_length(table_name), ':', table_name
), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`;

/**
 * Digests per (table_name, hour) of a relation with cdc_event's columns; the hour of an event at infinity is
 * `infinity`. Runs with timescaledb.restoring off:
 * with it on, compressed chunks are invisible.
 * @param where an SQL condition without parameters of its own, for the callers that check some hours only
 */
export function hourDigestsSql(relation: string, where = 'true'): string {
  return byHour(relation, where, `sum(${EVENT_HASH_SQL})::text AS sum`);
}

/**
 * The count of all rows per (table_name, hour), and the digest of those alone that transactions after `since`
 * wrote: hashing is what costs, so this takes as long as there are new rows. Who changed an old row made it a
 * new one, and whoever deleted one changed the count. Fails on compressed chunks, which have no xmin.
 * @param since an xid: of a transaction that came before all that wrote since
 */
export function newDigestsSql(relation: string, where: string, since: string): string {
  if (!/^\d+$/.test(since)) throw new RangeError(`not an xid: ${since}`);
  // age() counts transactions backwards from now, whatever the counter's epoch; rows
  // that are frozen are oldest.
  const isNew = `age(xmin) < age('${since}'::xid)`;
  return byHour(relation, where, `coalesce(sum(${EVENT_HASH_SQL}) FILTER (WHERE ${isNew}), 0)::text AS sum`);
}

function byHour(relation: string, where: string, sum: string): string {
  return `SELECT coalesce(table_name, '') AS "table",
       CASE WHEN isfinite(event_timestamp)
         THEN to_char(date_trunc('hour', event_timestamp AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:00:00"Z"')
              || CASE WHEN event_timestamp < '0001-01-01T00:00:00Z' THEN ' BC' ELSE '' END
         ELSE event_timestamp::text END AS hour,
       count(*)::int8 AS count,
       ${sum}
FROM ${relation}
WHERE ${where}
GROUP BY 1, 2
ORDER BY 1, 2`;
}
