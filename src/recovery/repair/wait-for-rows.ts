import { countHeldRows } from '../../backup/cut/held-rows.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { withSession } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { poll } from '../../core/poll.ts';
import { eventHash } from '../../ledger/digest.ts';
import type { Settings } from '../../settings/settings.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';

const DEADLINE_MS = 60_000;
/** Offsets that are looked at for a record that makes a row. */
const REACH = 20;

export interface WaitingRows {
  readonly kafka: Settings['kafka'];
  readonly url: string;
  readonly sink: SinkConfig;
  /** The first record of each partition that the database does not hold. */
  readonly offsets: Offsets;
  readonly logEnd: Offsets;
  readonly signal: AbortSignal;
}

/**
 * Whether a sink that was set to offsets writes what waits there: the first event of each partition must come
 * to the database within a minute.
 * @returns the partitions of which it did not
 */
export async function partitionsWithoutRows(waiting: WaitingRows): Promise<string[]> {
  const events = await firstEvents(waiting);
  if (events.size === 0) return [];
  return await withSession(waiting.url, { purpose: 'wait for the sink' }, async (session) => {
    let missing = [...events.keys()];
    await poll(
      async () => {
        const rows = await countHeldRows(session, [...events.values()]);
        missing = [...events].filter(([, event]) => !rows.has(eventHash(event))).map(([key]) => key);
        return missing.length === 0 ? true : undefined;
      },
      { deadlineMs: DEADLINE_MS, intervalMs: 250, signal: waiting.signal },
    );
    return missing;
  });
}

async function firstEvents({
  kafka,
  sink,
  offsets,
  logEnd,
  signal,
}: WaitingRows): Promise<ReadonlyMap<string, EventRow>> {
  const ends = indexOffsets(logEnd);
  const behind = offsets.filter((at) => at.offset < (ends.get(partitionKey(at)) ?? 0));
  if (behind.length === 0) return new Map();
  const until = behind.map((at) => ({
    ...at,
    offset: Math.min(at.offset + REACH, ends.get(partitionKey(at)) ?? 0),
  }));
  const decode = recordDecoder(sink);
  const first = new Map<string, EventRow>();
  const reader = await openKafkaReader(kafka);
  try {
    for await (const chunk of reader.read(behind, until, { isolation: sink.isolation, signal })) {
      for (const record of chunk.records) {
        const decoded = first.has(partitionKey(chunk)) ? undefined : decode(record);
        if (decoded?.kind === 'event') first.set(partitionKey(chunk), decoded.event);
      }
    }
  } finally {
    await reader.close();
  }
  return first;
}
