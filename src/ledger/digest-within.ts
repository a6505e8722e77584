import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import type { HourDigest } from './digest.ts';
import { hoursCondition } from './hour-ranges.ts';
import { readDigests } from './read-digests.ts';

/** What was digested in the time that there was. */
export interface DigestedHours {
  readonly digests: readonly HourDigest[];
  /** The hours that they are of; one without events has no digest. */
  readonly hours: ReadonlySet<string>;
}

/** Few enough that each is worth a query, many enough that the one which time cuts off is a small part. */
const SLICES = 48;

/**
 * The content digests of some hours of msr.cdc_event, the newest first, until the time is over.
 * @param hours as digests name them
 * @param millis at the most; what a slice has begun when they are over is given up
 */
export async function digestWithin(
  session: Session,
  hours: readonly string[],
  millis: number,
): Promise<DigestedHours> {
  const until = performance.now() + millis;
  const newest = [...new Set(hours)].sort().reverse();
  const found: { digests: HourDigest[]; hours: Set<string> } = { digests: [], hours: new Set() };
  const size = Math.max(1, Math.ceil(newest.length / SLICES));
  for (let from = 0; from < newest.length; from += size) {
    const slice = newest.slice(from, from + size);
    const left = Math.floor(until - performance.now());
    const digests = left > 0 ? await digestSlice(session, slice, left) : undefined;
    if (digests === undefined) break;
    found.digests.push(...digests);
    for (const hour of slice) found.hours.add(hour);
  }
  return found;
}

/** @returns undefined where the time was over first */
async function digestSlice(
  session: Session,
  hours: readonly string[],
  millis: number,
): Promise<HourDigest[] | undefined> {
  await session.query(`SET statement_timeout = ${millis}`);
  try {
    return await readDigests(session, hoursCondition(hours));
  } catch (error) {
    if (sqlState(error) === SqlState.queryCanceled) return undefined;
    throw error;
  } finally {
    // A connection that broke has its own error to tell.
    await session.query('SET statement_timeout = 0').catch(() => {});
  }
}
