import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type RecordDecoder, recordDecoder } from '../../sink/decode-record.ts';
import { type Candidate, type CandidateSource, candidateOf, eventsOf, readCandidates } from './candidates.ts';
import { countHeldRows } from './held-rows.ts';
import { WrittenPrefix } from './written-prefix.ts';

export interface WrittenAheadDeps extends CandidateSource {
  /** Sees all that is committed while no insert is open: the session that holds the SHARE lock. */
  readonly session: Session;
}

/**
 * A minute of a sink at full speed, which is what it leaves uncommitted when it
 * crashes; more is another fault.
 */
const MAX_WALK = 1_000_000;
/**
 * How far back identical twins of a record are looked for. A source connector that restarts
 * sends up to a minute of events again. One that the sink has not read yet must not pass for
 * written. Only suspects are read.
 */
const LOOK_BACK = 20_000;

/**
 * The positions that the table truly holds. A clean stop leaves the committed ones, which one record a
 * partition shows. An unclean one (a task that outlasted Connect's graceful timeout, a lost connection,
 * a crash) leaves rows beyond the commit; the walk finds where they end.
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
  const first = await firstWithRow(deps, decode, behind, ends);
  const rows = await countHeldRows(deps.session, eventsOf([...first.values()]));
  const positions: PartitionOffset[] = [];
  for (const at of committed) {
    const hash = first.get(partitionKey(at))?.hash;
    const suspect = hash !== undefined && (rows.get(hash) ?? 0) > 0;
    positions.push(suspect ? { ...at, offset: await walk(deps, decode, at, ends) } : at);
  }
  return positions;
}

/** The first record of each partition that the sink writes a row for, where there is one. */
async function firstWithRow(
  { reader, sink, signal }: WrittenAheadDeps,
  decode: RecordDecoder,
  behind: Offsets,
  ends: Offsets,
): Promise<Map<string, Candidate>> {
  const first = new Map<string, Candidate>();
  if (behind.length === 0) return first;
  const endOf = indexOffsets(ends);
  const open = new Set(behind.map(partitionKey));
  for await (const chunk of reader.read(behind, ends, { isolation: sink.isolation, signal })) {
    const key = partitionKey(chunk);
    if (!open.has(key)) continue;
    const found = findCandidate(decode, chunk.records);
    if (found !== undefined) first.set(key, found);
    if (found !== undefined || chunk.nextOffset >= (endOf.get(key) ?? 0)) open.delete(key);
    if (open.size === 0) break;
  }
  return first;
}

function findCandidate(decode: RecordDecoder, records: readonly KafkaRecord[]): Candidate | undefined {
  for (const record of records) {
    const candidate = candidateOf(decode, record);
    if (candidate.hash !== undefined) return candidate;
  }
  return undefined;
}

/** Reads on until a record is met that the table does not hold, or the log ends. */
async function walk(
  deps: WrittenAheadDeps,
  decode: RecordDecoder,
  at: PartitionOffset,
  ends: Offsets,
): Promise<number> {
  const prefix = new WrittenPrefix(at.offset, await twinsBefore(deps, decode, at));
  let walked = 0;
  for await (const candidates of readCandidates(deps, decode, [at], ends)) {
    const rows = await countHeldRows(deps.session, eventsOf(candidates));
    if (!prefix.extend(candidates, rows)) break;
    walked += candidates.length;
    if (walked > MAX_WALK) throw tooFarAhead(at);
  }
  return prefix.position;
}

function tooFarAhead(at: PartitionOffset): OperatorError {
  return new OperatorError(
    `the table holds more than ${MAX_WALK} records of ${partitionKey(at)} beyond the sink's offset ${at.offset}`,
    {
      hint: "the sink's offsets do not belong to this database; find out who reset them before taking a backup",
    },
  );
}

/**
 * How often each content lies in the records before the position, as far as they are still in the log.
 */
async function twinsBefore(
  source: CandidateSource,
  decode: RecordDecoder,
  at: PartitionOffset,
): Promise<Map<bigint, number>> {
  const start = indexOffsets(source.logStart).get(partitionKey(at)) ?? 0;
  const from = [{ ...at, offset: Math.max(start, at.offset - LOOK_BACK) }];
  const counts = new Map<bigint, number>();
  for await (const candidates of readCandidates(source, decode, from, [at])) {
    for (const { hash } of candidates) {
      if (hash !== undefined) counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
  }
  return counts;
}
