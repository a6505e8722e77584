import type { Session } from '../../clients/postgres.ts';
import { compareDigests } from '../../ledger/compare-digests.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { countEvents } from '../../ledger/digest-sums.ts';
import { readDigests } from '../../ledger/read-digests.ts';
import type { Chunk } from './sample.ts';

const HOUR_MS = 3_600_000;

/** The chunks of every hypertable by TimescaleDB's catalog, and the names of all that may hold rows. */
export async function readChunks(
  session: Session,
): Promise<{ readonly chunks: Chunk[]; readonly all: ReadonlySet<string> }> {
  const { rows: chunks } = await session.query<Chunk>(
    `SELECT i.hypertable_schema || '.' || i.hypertable_name AS hypertable, i.chunk_schema AS schema,
            i.chunk_name AS name, coalesce(extract(epoch FROM i.range_start)::float8 * 1000, 0) AS from,
            coalesce(extract(epoch FROM i.range_end)::float8 * 1000, 0) AS until,
            z.schema_name || '.' || z.table_name AS compressed
     FROM timescaledb_information.chunks i
     JOIN _timescaledb_catalog.chunk k ON (k.schema_name, k.table_name) = (i.chunk_schema, i.chunk_name)
     LEFT JOIN _timescaledb_catalog.chunk z ON z.id = k.compressed_chunk_id
     ORDER BY i.range_start`,
  );
  const { rows: all } = await session.query<{ name: string }>(
    `SELECT schema_name || '.' || table_name AS name FROM _timescaledb_catalog.chunk`,
  );
  return { chunks, all: new Set(all.map(({ name }) => name)) };
}

/**
 * The events of the chunks that were restored against the manifest, hour by hour.
 * @param session with restoring off
 */
export async function compareSample(
  session: Session,
  sample: readonly Chunk[],
  digests: readonly HourDigest[],
): Promise<{ readonly differences: readonly string[]; readonly events: number }> {
  const differences: string[] = [];
  let events = 0;
  for (const { hypertable, from, until } of sample) {
    // What lies at infinity has no hour; a sum over some hours says nothing of others.
    if (hypertable !== 'msr.cdc_event' || !Number.isFinite(from) || !Number.isFinite(until)) continue;
    const [start, end] = [new Date(from).toISOString(), new Date(until).toISOString()];
    const within = ({ hour }: HourDigest): boolean =>
      Date.parse(hour) >= from && Date.parse(hour) + HOUR_MS <= until;
    const expected = digests.filter(within);
    const found = await readDigests(session, `event_timestamp >= '${start}' AND event_timestamp < '${end}'`);
    differences.push(...compareDigests(expected, found.filter(within)));
    events += countEvents(expected);
  }
  return { differences, events };
}
