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

/** What the live rows say of a change of the sink, in a sentence. */
export interface ChangeEvidence {
  readonly text: string;
}

interface Sinks {
  readonly today: SinkConfig;
  /** undefined: nobody knows how it was. */
  readonly atCut: SinkConfig | undefined;
}

/**
 * Which of the two configurations wrote the oldest rows after the cut, and the newest:
 * what an operator decides by.
 */
export async function changeEvidence(
  { liveUrl }: Pick<ReadingQuestion, 'liveUrl'>,
  tools: ReadingTools,
  sinks: Sinks,
): Promise<ChangeEvidence> {
  if (liveUrl === undefined) return { text: 'The live database cannot be read, so that no row tells when' };
  const [first, last] = [await headRecords(tools), await tailRecords(tools)];
  try {
    return await withSession(liveUrl, { purpose: 'assess sink' }, async (session) => {
      const [oldest, newest] = [await counted(session, first, sinks), await counted(session, last, sinks)];
      return { text: `Of ${said('the first', oldest)}; of ${said('the last', newest)}` };
    });
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return { text: `The live database tells nothing: ${describeError(error)}` };
  }
}

interface Counted {
  readonly records: number;
  readonly atCut: number;
  readonly today: number;
}

async function counted(session: Session, records: readonly KafkaRecord[], sinks: Sinks): Promise<Counted> {
  const held = async (sink: SinkConfig | undefined) =>
    sink === undefined ? 0 : await countHeld(session, eventsOf(records, sink));
  return { records: records.length, atCut: await held(sinks.atCut), today: await held(sinks.today) };
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

function said(which: string, { records, atCut, today }: Counted): string {
  return `${which} ${records} records after the backup the live database holds ${atCut} as the backup's configuration writes them and ${today} as today's does`;
}
