import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Isolation, KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { eventHash } from '../../ledger/digest.ts';
import { type RecordDecoder, recordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { earliestKept, isExpected } from './check-offsets.ts';
import { countHeldRows } from './held-rows.ts';
import { type IsSetAside, readSetAside } from './set-aside-records.ts';

/**
 * Records of each partition that are looked through for aborted ones: an eighth of a second for a usual sink.
 */
const LOOK_BACK = 2_000;

export interface IsolationQuestion {
  readonly reader: KafkaReader;
  /** On the database that the sink writes to. */
  readonly session: Session;
  readonly sink: SinkConfig;
  readonly signal: AbortSignal;
}

/** How often a content lies in the log, and how often in the table. */
interface Tally {
  aborted: number;
  committed: number;
  rows: number;
}

/**
 * Events behind an aborted one that are looked up: one that the table holds shows
 * that the sink has passed it.
 */
const LATER = 50;

/** What a read of one partition brought, as far as it says anything of aborted records. */
interface PartitionRead {
  readonly aborted: { readonly offset: number; readonly event: EventRow }[];
  /** The first committed ones behind the last aborted one. */
  later: { readonly offset: number; readonly event: EventRow }[];
}

/**
 * Which isolation level the sink has, told by the table: whether it holds records of aborted transactions.
 * @param from, until which records to look at
 * @param committed what the sink has read at least; behind it only what the table holds says how far it came
 * @returns undefined where the log has no such record there, or the table says both
 */
export async function isolationEvidence(
  question: IsolationQuestion,
  from: Offsets,
  until: Offsets,
  committed: Offsets = until,
): Promise<Isolation | undefined> {
  const { session } = question;
  const { tallies, partitions } = await readPartitions(question, from, until);
  const events = [...partitions.values()].flatMap(({ aborted, later }) => [...aborted, ...later]);
  if (events.length === 0) return undefined;
  const rows = await countHeldRows(
    session,
    events.map(({ event }) => event),
  );
  const passed = indexOffsets(committed);
  const votes = [...partitions].flatMap(([partition, { aborted, later }]) => {
    const held = later.filter(({ event }) => rows.has(eventHash(event))).map(({ offset }) => offset);
    const end = Math.max(passed.get(partition) ?? 0, ...held);
    return (
      aborted
        .map(({ offset, event }) => ({ offset, hash: eventHash(event) }))
        // A row that is there speaks for itself; one that is not says nothing of a
        // record that was not read yet.
        .filter(({ offset, hash }) => offset < end || rows.has(hash))
        .map(({ hash }) => ({ ...tallyOf(tallies, hash), rows: rows.get(hash) ?? 0 }))
    );
  });
  return judgeIsolation(votes);
}

async function readPartitions(
  { reader, session, sink, signal }: IsolationQuestion,
  from: Offsets,
  until: Offsets,
) {
  const decode = recordDecoder(sink);
  const earliest = await earliestKept(session);
  const isSetAside = await readSetAside(session, from, until);
  const tallies = new Map<bigint, Tally>();
  const partitions = new Map<string, PartitionRead>();
  for await (const chunk of reader.read(from, until, { isolation: 'read_committed', signal })) {
    const aborted = eventsOf(chunk.aborted ?? [], decode, isSetAside).filter(({ event }) =>
      isExpected(event, earliest),
    );
    const committed = eventsOf(chunk.records, decode, isSetAside);
    for (const { event } of aborted) tallyOf(tallies, eventHash(event)).aborted++;
    for (const { event } of committed) tallyOf(tallies, eventHash(event)).committed++;
    const known = partitions.get(partitionKey(chunk));
    if (known === undefined && aborted.length === 0) continue;
    const read = known ?? { aborted: [], later: [] };
    partitions.set(partitionKey(chunk), read);
    read.aborted.push(...aborted);
    const last = read.aborted.at(-1)?.offset ?? 0;
    read.later = [...read.later, ...committed].filter(({ offset }) => offset > last).slice(0, LATER);
  }
  return { tallies, partitions };
}

/** The records just before these positions. */
export function lookBack(positions: Offsets, logStart: Offsets): Offsets {
  const starts = indexOffsets(logStart);
  return positions.map((at) => {
    const start = starts.get(partitionKey(at)) ?? 0;
    return { ...at, offset: Math.min(at.offset, Math.max(start, at.offset - LOOK_BACK)) };
  });
}

/**
 * Each content votes: as many rows as committed records speak for read_committed, as many as all records
 * against it. A transaction that was tried again leaves both kinds of one content. Pure.
 */
export function judgeIsolation(tallies: readonly Readonly<Tally>[]): Isolation | undefined {
  const uncommitted = tallies.some(({ aborted, committed, rows }) => rows === aborted + committed);
  const committed = tallies.some((tally) => tally.rows === tally.committed);
  if (uncommitted === committed) return undefined;
  return committed ? 'read_committed' : 'read_uncommitted';
}

function tallyOf(tallies: Map<bigint, Tally>, hash: bigint): Tally {
  const tally = tallies.get(hash) ?? { aborted: 0, committed: 0, rows: 0 };
  tallies.set(hash, tally);
  return tally;
}

/** Without those that a recovery has set aside: that they are missing says nothing of the sink. */
function eventsOf(
  records: readonly KafkaRecord[],
  decode: RecordDecoder,
  isSetAside: IsSetAside,
): PartitionRead['aborted'] {
  return records.flatMap((record) => {
    const decoded = decode(record);
    return decoded.kind === 'event' && !isSetAside(record)
      ? [{ offset: record.offset, event: decoded.event }]
      : [];
  });
}
