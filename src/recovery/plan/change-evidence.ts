import { countHeldRows } from '../../backup/cut/held-rows.ts';
import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { describeError } from '../../core/operator-error.ts';
import { eventHash } from '../../ledger/digest.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { decodeOrRefuse, headRecords, tailRecords } from './look-at-records.ts';
import type { ReadingQuestion, ReadingTools } from './reading-tools.ts';

/** Records of which rows are looked for, and what they are called. */
interface Sample {
  /** `the first`, `the last`, for `of the first 40 records after the backup`. */
  readonly which: string;
  readonly records: readonly KafkaRecord[];
}

interface Sinks {
  readonly after: SinkConfig;
  /** undefined: nobody knows how it was. */
  readonly before: SinkConfig | undefined;
}

/** What the live rows say of a change of the sink that nobody has seen, in a sentence. */
export async function changeEvidence(
  { liveUrl }: Pick<ReadingQuestion, 'liveUrl'>,
  tools: ReadingTools,
  sinks: Sinks,
): Promise<string> {
  return await rowEvidence({ liveUrl }, sinks, async () => [
    { which: 'the first', records: await headRecords(tools) },
    { which: 'the last', records: await tailRecords(tools) },
  ]);
}

/**
 * Which of two configurations wrote the rows of some records: what an operator decides by. A sentence.
 * @param samples are read where there is a database to compare them with
 */
export async function rowEvidence(
  { liveUrl }: Pick<ReadingQuestion, 'liveUrl'>,
  sinks: Sinks,
  samples: () => Promise<readonly Sample[]>,
): Promise<string> {
  if (liveUrl === undefined) return 'The live database cannot be read, so that no row tells when';
  const looked = await samples();
  try {
    return await withSession(liveUrl, { purpose: 'assess sink' }, async (session) => {
      const told: string[] = [];
      for (const { which, records } of looked) told.push(said(which, await counted(session, records, sinks)));
      return `Of ${told.join('; of ')}`;
    });
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return `The live database tells nothing: ${describeError(error)}`;
  }
}

interface Counted {
  readonly records: number;
  readonly before: number;
  readonly after: number;
}

async function counted(session: Session, records: readonly KafkaRecord[], sinks: Sinks): Promise<Counted> {
  const held = async (sink: SinkConfig | undefined) =>
    sink === undefined ? 0 : await countHeld(session, eventsOf(records, sink));
  return { records: records.length, before: await held(sinks.before), after: await held(sinks.after) };
}

function eventsOf(records: readonly KafkaRecord[], sink: SinkConfig): EventRow[] {
  const decode = recordDecoder(sink);
  return records.flatMap((record) => {
    const decoded = decodeOrRefuse(decode, record);
    return decoded.kind === 'event' ? [decoded.event] : [];
  });
}

async function countHeld(session: Session, events: readonly EventRow[]): Promise<number> {
  const rows = await countHeldRows(session, events);
  return events.filter((event) => rows.has(eventHash(event))).length;
}

function said(which: string, { records, before, after }: Counted): string {
  return `${which} ${records} records the live database holds ${before} as the configuration before the change writes them and ${after} as the one after it does`;
}
