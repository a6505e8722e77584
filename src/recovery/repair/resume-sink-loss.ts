import { type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import { count } from '../../core/activity.ts';
import { indexOffsets, partitionKey } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Loss } from '../plan/loss.ts';
import { lastSeen, type Recorded, waitingInKafka } from '../plan/recorded.ts';

/** How many events a database holds, and up to where maintenance has dropped them. */
export interface HeldEvents {
  readonly events: number;
  /** How many of them came through the present log. */
  readonly ofPresentLog: number;
  readonly cutoff: Date | null;
}

const MOST_COUNTING = '30s';

/**
 * Counts all events, while nobody writes.
 * @param session in a transaction
 * @returns undefined where there is no time for it
 */
export async function countEvents(session: Session): Promise<Omit<HeldEvents, 'ofPresentLog'> | undefined> {
  await session.query('SAVEPOINT counting');
  try {
    await session.query(`SET LOCAL statement_timeout = '${MOST_COUNTING}'`);
    const { rows } = await session.query<{ events: string; cutoff: Date | null }>(
      `SELECT (SELECT count(*) FROM msr.cdc_event) AS events,
              (SELECT cutoff_time FROM msr.snapshot_pointer LIMIT 1) AS cutoff`,
    );
    await session.query('SET LOCAL statement_timeout = 0');
    return { events: Number(rows[0]?.events ?? 0), cutoff: rows[0]?.cutoff ?? null };
  } catch (error) {
    if (sqlState(error) !== SqlState.queryCanceled) throw error;
    await session.query('ROLLBACK TO SAVEPOINT counting');
    return undefined;
  }
}

/**
 * What Kafka alone held, as far as it was recorded. The last record tells which offsets the sink had not
 * committed; how many of those it has written since, the database tells by how many events it holds more than
 * the backup. What was written to Kafka after that record, nobody knows. Pure.
 * @param assessedAt ISO 8601
 */
export function lossOfKafka(
  manifest: Pick<Manifest, 'cut' | 'events' | 'digests'>,
  recorded: readonly Recorded[],
  held: HeldEvents | undefined,
  assessedAt: string,
): Loss {
  const holes = waitingInKafka(recorded);
  const waiting = holes.reduce((sum, { from, seenTo = from }) => sum + seenTo - from, 0);
  const since = lastSeen(recorded) ?? manifest.cut.takenAt;
  return {
    ...{ events: null, holes, span: { from: since, to: assessedAt } },
    atLeast: Math.min(waiting, lackingOf(manifest, recorded, held)),
  };
}

/** How many events fewer the database got than Kafka had when it was last seen. */
function lackingOf(
  { cut, events, digests }: Pick<Manifest, 'cut' | 'events' | 'digests'>,
  recorded: readonly Recorded[],
  held: HeldEvents | undefined,
): number {
  if (held === undefined) return 0;
  const ends = new Map(recorded.map((each) => [partitionKey(each), each.end]));
  const cuts = indexOffsets(cut.offsets);
  // A partition of which nothing was recorded may have brought any number of events.
  if ([...cuts.keys()].some((key) => !ends.has(key))) return 0;
  const came = [...ends].reduce((sum, [key, end]) => sum + Math.max(0, end - (cuts.get(key) ?? 0)), 0);
  const dropped = digests
    .filter(({ hour }) => held.cutoff !== null && Date.parse(hour) + HOUR_MS <= held.cutoff.getTime())
    .reduce((sum, digest) => sum + digest.count, 0);
  const written = held.events - held.ofPresentLog - (events.count - dropped);
  return Math.max(0, came - written);
}

const HOUR_MS = 3_600_000;

/** For people: what became of the records that waited. Pure. */
export function describeFate({ atLeast, holes }: Loss): string[] {
  if (holes.length === 0) return [];
  return atLeast === 0
    ? ['since then the database has got as many events as stood there, as far as they could be counted']
    : [`at least ${count(atLeast)} of them never came to the database`];
}
