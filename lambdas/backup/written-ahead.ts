import type { KafkaReader, KafkaRecord } from '../clients/kafka-reader.ts';
import type { Session } from '../clients/postgres.ts';
import { eventHash } from '../ledger/digest.ts';
import { EVENT_HASH_SQL } from '../ledger/digest-sql.ts';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../offsets.ts';
import { OperatorError } from '../operator-error.ts';
import { type RecordDecoder, recordDecoder } from '../sink/decode-record.ts';
import type { EventRow } from '../sink/event-row.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { type CandidateRecord, writtenPosition } from './written-prefix.ts';

export interface WrittenAheadDeps {
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  /** Sees all that is committed while no insert is open: the session that holds the SHARE lock. */
  readonly session: Session;
  /** Where the log begins. */
  readonly logStart: Offsets;
  readonly signal: AbortSignal;
}

/** A sink writes at most some batches beyond its last commit: more than this is another fault. */
const MAX_WALK = 200_000;
/**
 * How far back identical twins of a record are looked for: a source connector that restarts sends up to a minute of
 * events again, and one of those that the sink has not read yet must not pass for written. Only suspects are read.
 */
const LOOK_BACK = 20_000;

interface Candidate extends CandidateRecord {
  readonly event: EventRow | undefined;
}

/**
 * The positions that the table truly holds. After a clean stop they are the committed ones, which is found out by
 * looking up one record a partition; after an unclean one (a task that outlasted Connect's graceful timeout, a lost
 * connection, a crash) rows stand beyond the commit, and the walk finds where they end.
 * @param committed every partition's position
 * @param ends the log's ends
 * @throws OperatorError where more is written ahead than a sink could have
 */
export async function writtenPositions(
  deps: WrittenAheadDeps,
  committed: Offsets,
  ends: Offsets,
): Promise<Offsets> {
  const decode = recordDecoder(deps.sink);
  const endOf = indexOffsets(ends);
  const behind = committed.filter((at) => at.offset < (endOf.get(partitionKey(at)) ?? 0));
  const first = await readSome(deps, decode, behind, ends, 1);
  const rows = await countRows(deps.session, [...first.values()].flat());
  const suspects = behind.filter((at) =>
    (first.get(partitionKey(at)) ?? []).some(({ hash }) => hash === undefined || (rows.get(hash) ?? 0) > 0),
  );
  const corrected = new Map<string, number>();
  for (const at of suspects) corrected.set(partitionKey(at), await walk(deps, decode, at, ends));
  return committed.map((at) => ({ ...at, offset: corrected.get(partitionKey(at)) ?? at.offset }));
}

/** Reads on in growing steps until a record is met that the table does not hold, or the log ends. */
async function walk(
  deps: WrittenAheadDeps,
  decode: RecordDecoder,
  at: PartitionOffset,
  ends: Offsets,
): Promise<number> {
  const key = partitionKey(at);
  const from = Math.max(indexOffsets(deps.logStart).get(key) ?? 0, at.offset - LOOK_BACK);
  const twins = await twinsBefore(deps, decode, { ...at, offset: from }, at.offset);
  for (let limit = 2_000; limit <= MAX_WALK; limit *= 10) {
    const candidates = (await readSome(deps, decode, [at], ends, limit)).get(key) ?? [];
    const rows = await countRows(deps.session, candidates);
    const position = writtenPosition(at.offset, candidates, rows, twins);
    const last = candidates.findLast(({ hash }) => hash !== undefined);
    if (candidates.length < limit || last === undefined || position <= last.offset) return position;
  }
  throw new OperatorError(
    `the table holds more than ${MAX_WALK} records of ${key} beyond the sink's offset`,
    {
      hint: "the sink's offsets do not belong to this database; find out who reset them before taking a backup",
    },
  );
}

/** Contents of the records in [from, committed) that are still in the log. */
async function twinsBefore(
  deps: WrittenAheadDeps,
  decode: RecordDecoder,
  from: PartitionOffset,
  committed: number,
): Promise<Map<bigint, number>> {
  const counts = new Map<bigint, number>();
  if (from.offset === committed) return counts;
  const read = await readSome(deps, decode, [from], [{ ...from, offset: committed }], LOOK_BACK);
  for (const { hash } of [...read.values()].flat()) {
    if (hash !== undefined) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  return counts;
}

/** Up to `limit` data records of each partition, by partition. */
async function readSome(
  { reader, sink, signal }: WrittenAheadDeps,
  decode: RecordDecoder,
  from: Offsets,
  ends: Offsets,
  limit: number,
): Promise<Map<string, Candidate[]>> {
  const found = new Map<string, Candidate[]>(from.map((at) => [partitionKey(at), []]));
  const open = new Set(found.keys());
  if (open.size === 0) return found;
  const endOf = indexOffsets(ends);
  for await (const chunk of reader.read(from, ends, { isolation: sink.isolation, signal })) {
    const key = partitionKey(chunk);
    const candidates = found.get(key);
    if (candidates === undefined) continue;
    for (const record of chunk.records.slice(0, limit - candidates.length)) {
      candidates.push(candidateOf(decode, record));
    }
    if (candidates.length >= limit || chunk.nextOffset >= (endOf.get(key) ?? 0)) open.delete(key);
    if (open.size === 0) break;
  }
  return found;
}

function candidateOf(decode: RecordDecoder, record: KafkaRecord): Candidate {
  const decoded = decode(record);
  const event = decoded.kind === 'event' ? decoded.event : undefined;
  return { offset: record.offset, event, hash: event === undefined ? undefined : eventHash(event) };
}

/** How many rows of each content the table holds; found by the index on entity, table and time. */
async function countRows(session: Session, candidates: readonly Candidate[]): Promise<Map<bigint, number>> {
  const events = candidates.flatMap(({ event }) => (event === undefined ? [] : [event]));
  if (events.length === 0) return new Map();
  const { rows } = await session.query<{ hash: string; n: string }>(
    `SELECT hash::text, count(*) AS n
     FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::bigint[])) AS wanted(entity, source, micros)
     CROSS JOIN LATERAL (
       SELECT ${EVENT_HASH_SQL} AS hash FROM msr.cdc_event
       WHERE entity_id IS NOT DISTINCT FROM wanted.entity AND table_name IS NOT DISTINCT FROM wanted.source
         AND event_timestamp = timestamptz 'epoch' + wanted.micros * interval '1 microsecond'
     ) AS held
     GROUP BY hash`,
    [
      events.map(({ entityId }) => entityId),
      events.map(({ tableName }) => tableName),
      events.map(({ timestampMicros }) => timestampMicros?.toString() ?? null),
    ],
  );
  return new Map(rows.map(({ hash, n }) => [BigInt(hash), Number(n)]));
}
