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

/** Records of each partition that are looked through for aborted ones: an eighth of a second for a usual sink. */
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
 * Which isolation level the sink has, told by the table: whether it holds records of aborted transactions.
 * @param from, until where the sink has read everything
 * @returns undefined where the log has no such record there, or the table says both
 */
export async function isolationEvidence(
  { reader, session, sink, signal }: IsolationQuestion,
  from: Offsets,
  until: Offsets,
): Promise<Isolation | undefined> {
  const decode = recordDecoder(sink);
  const earliest = await earliestKept(session);
  const tallies = new Map<bigint, Tally>();
  const aborted: EventRow[] = [];
  for await (const chunk of reader.read(from, until, { isolation: 'read_committed', signal })) {
    for (const event of eventsOf(chunk.records, decode)) tallyOf(tallies, event).committed++;
    for (const event of eventsOf(chunk.aborted ?? [], decode)) {
      if (!isExpected(event, earliest)) continue;
      tallyOf(tallies, event).aborted++;
      aborted.push(event);
    }
  }
  if (aborted.length === 0) return undefined;
  const rows = await countHeldRows(session, aborted);
  return judgeIsolation(
    aborted.map((event) => ({ ...tallyOf(tallies, event), rows: rows.get(eventHash(event)) ?? 0 })),
  );
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
 * Each content votes: as many rows as committed records speak for read_committed, as many as all records against it. A
 * transaction that was tried again leaves both kinds of one content. Pure.
 */
export function judgeIsolation(tallies: readonly Readonly<Tally>[]): Isolation | undefined {
  const uncommitted = tallies.some(({ aborted, committed, rows }) => rows === aborted + committed);
  const committed = tallies.some((tally) => tally.rows === tally.committed);
  if (uncommitted === committed) return undefined;
  return committed ? 'read_committed' : 'read_uncommitted';
}

function tallyOf(tallies: Map<bigint, Tally>, event: EventRow): Tally {
  const hash = eventHash(event);
  const tally = tallies.get(hash) ?? { aborted: 0, committed: 0, rows: 0 };
  tallies.set(hash, tally);
  return tally;
}

function eventsOf(records: readonly KafkaRecord[], decode: RecordDecoder): EventRow[] {
  return records.flatMap((record) => {
    const decoded = decode(record);
    return decoded.kind === 'event' ? [decoded.event] : [];
  });
}
