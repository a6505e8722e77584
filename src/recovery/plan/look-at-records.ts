import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type RecordDecoder, recordDecoder } from '../../sink/decode-record.ts';
import { NOT_AN_ENVELOPE } from '../../sink/envelope.ts';
import type { Decoded } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { leftOutBy } from '../replay/leave-out-decoder.ts';
import type { LeaveOut } from './leave-out.ts';
import type { ReadingTools, SinkStage } from './reading-tools.ts';

/** Records at each end of a partition that are looked at. */
const LOOK = 20;

/** What a look at some records found. */
export interface RecordLook {
  readonly looked: number;
  /** The replay would set them aside. */
  readonly unreadable: number;
  /** The first of them, with its place and reason; empty where there is none. */
  readonly first: string;
  /**
   * Why the replay would end at a record: the sink may have written what we cannot
   * tell. undefined: it would not.
   */
  readonly refused: string | undefined;
  /** Place of the first record that is no JSON with a schema; undefined: none. */
  readonly noEnvelope: string | undefined;
  /** Those of which a row would be made, were nothing left out. */
  readonly events: number;
  /** Events that are left out; undefined: nobody asks for any. */
  readonly leftOut: number | undefined;
}

/**
 * Reads the first and the last records of each partition in [start, end) as the replay would.
 * @param before who reads the first records, each up to its `until`; `sink` reads the others
 */
export async function lookAtRecords(
  tools: ReadingTools,
  sink: SinkConfig,
  before: readonly SinkStage[],
  leaveOut?: LeaveOut,
): Promise<RecordLook> {
  const isLeftOut = leaveOut === undefined ? () => undefined : leftOutBy(leaveOut);
  const now = recordDecoder(sink);
  const stages = before.map((stage) => ({
    decode: recordDecoder(stage.sink),
    until: indexOffsets(stage.until),
  }));
  let [looked, unreadable, events, leftOut, first] = [0, 0, 0, 0, ''];
  let [noEnvelope, refused]: (string | undefined)[] = [];
  for (const record of [...(await headRecords(tools)), ...(await tailRecords(tools))]) {
    const stage = stages.find(({ until }) => record.offset < (until.get(partitionKey(record)) ?? 0));
    const decoded = decodeOrRefuse(stage?.decode ?? now, record);
    looked++;
    if (decoded.kind === 'refused') refused ??= decoded.reason;
    if (decoded.kind === 'event') {
      events++;
      if (isLeftOut(record, decoded.event) !== undefined) leftOut++;
    }
    if (decoded.kind !== 'quarantined') continue;
    const place = `offset ${record.offset} of ${partitionKey(record)}`;
    unreadable++;
    if (first === '') first = `${place}: ${decoded.reason}`;
    if (NOT_AN_ENVELOPE.includes(decoded.reason)) noEnvelope ??= place;
  }
  return {
    ...{ looked, unreadable, first, refused, noEnvelope, events },
    leftOut: leaveOut === undefined ? undefined : leftOut,
  };
}

/** What decoding comes to, where it may come to nothing that we know. */
export function decodeOrRefuse(
  decode: RecordDecoder,
  record: KafkaRecord,
): Decoded | { readonly kind: 'refused'; readonly reason: string } {
  try {
    return decode(record);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { kind: 'refused', reason: `${error.message}: ${error.hint}` };
  }
}

/** The first records of each partition after the cut. */
export async function headRecords(tools: ReadingTools): Promise<KafkaRecord[]> {
  const ends = indexOffsets(tools.logEnd);
  const until = tools.start.map((at) => ({
    ...at,
    offset: Math.min(at.offset + LOOK, ends.get(partitionKey(at)) ?? at.offset),
  }));
  return await readAll(tools, tools.start, until);
}

/** The last records of each partition that are not among the first ones. */
export async function tailRecords(tools: ReadingTools): Promise<KafkaRecord[]> {
  const starts = indexOffsets(tools.start);
  const from = tools.logEnd.map((end) => {
    const start = starts.get(partitionKey(end)) ?? 0;
    return {
      ...end,
      offset: Math.min(Math.max(start + LOOK, end.offset - LOOK), Math.max(start, end.offset)),
    };
  });
  return await readAll(tools, from, tools.logEnd);
}

/** How many records of a range say enough of it. */
const SAMPLE = 200;

/** The first records between two positions, if there are any: neither markers nor gaps are records. */
export async function someRecords(
  tools: ReadingTools,
  from: Offsets,
  until: Offsets,
): Promise<KafkaRecord[]> {
  const { reader, signal } = tools;
  const records: KafkaRecord[] = [];
  for await (const chunk of reader.read(from, until, { isolation: 'read_uncommitted', signal })) {
    records.push(...chunk.records);
    if (records.length >= SAMPLE) break;
  }
  return records.slice(0, SAMPLE);
}

/** Uncommitted and aborted ones too: whoever reads them may or may not see them, but all must be readable. */
async function readAll(
  { reader, signal }: ReadingTools,
  from: Offsets,
  until: Offsets,
): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  for await (const chunk of reader.read(from, until, { isolation: 'read_uncommitted', signal })) {
    records.push(...chunk.records);
  }
  return records;
}
