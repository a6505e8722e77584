import type { Session } from '../../clients/postgres.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { countEvents, DigestSums } from '../../ledger/digest-sums.ts';
import { readDigests } from '../../ledger/read-digests.ts';

/** Steps that progress is told in: few enough to cost nothing, many enough for an estimate. */
const MOST_SLICES = 48;

/**
 * The content digest of every (table_name, hour) of msr.cdc_event, read slice by slice in order of time.
 * @param onDigested called after each slice with the events digested so far
 * @throws the signal's reason between two slices
 */
export async function digestEvents(
  session: Session,
  { signal, onDigested }: { readonly signal: AbortSignal; readonly onDigested: (events: number) => void },
): Promise<HourDigest[]> {
  // A chunk that ends within an hour leaves that hour in two slices.
  const sums = new DigestSums();
  let events = 0;
  for (const where of sliceConditions(await chunkStarts(session))) {
    signal.throwIfAborted();
    const digests = await readDigests(session, where);
    sums.addAll(digests);
    events += countEvents(digests);
    onDigested(events);
  }
  return sums.toDigests().sort(byTableAndHour);
}

/**
 * Conditions that part all events, each of them in exactly one slice: outside the
 * first and the last start, too.
 * @param starts of the chunks as PostgreSQL prints them, in order
 */
export function sliceConditions(starts: readonly string[]): string[] {
  const step = Math.ceil(starts.length / MOST_SLICES);
  const inner = starts.filter((_, index) => index > 0 && index % step === 0);
  const bounds = [undefined, ...inner, undefined];
  return bounds.slice(1).map((until, index) => {
    const from = bounds[index];
    const conditions = [
      ...(from === undefined ? [] : [`event_timestamp >= '${from}'`]),
      ...(until === undefined ? [] : [`event_timestamp < '${until}'`]),
    ];
    return conditions.join(' AND ') || 'true';
  });
}

function byTableAndHour(a: HourDigest, b: HourDigest): number {
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return a.hour < b.hour ? -1 : 1;
}

/** Without the chunk that reaches to infinity: TimescaleDB takes no bound that lies within it. */
async function chunkStarts(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ start: string }>(
    `SELECT range_start::text AS start FROM timescaledb_information.chunks
     WHERE (hypertable_schema, hypertable_name) = ('msr', 'cdc_event') AND range_end < 'infinity'
     ORDER BY range_start`,
  );
  return rows.map(({ start }) => start);
}
