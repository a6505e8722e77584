import { type Session, withSession } from '../clients/postgres.ts';
import { compareDigests } from '../ledger/compare-digests.ts';
import type { HourDigest } from '../ledger/digest.ts';
import { hoursCondition } from '../ledger/hour-ranges.ts';
import { readDigests } from '../ledger/read-digests.ts';
import type { HealthRecord } from './health-record.ts';

const HOUR_MS = 3_600_000;
/** An hour counts as closed when late events have had as long to come in. */
const CLOSED_MS = 2 * HOUR_MS;
/** How far back hours are compared that were not yet. */
const LOOKED_BACK = 24;

export type ZoneRecord = HealthRecord['zones'][string];

/**
 * The hours that a run compares: the newest closed one that was never compared, and the one that was found
 * differing the longest ago, which may have become alike. Two of them, since counting an hour of events costs
 * tens of milliseconds. Pure.
 */
export function hoursToCompare(known: ZoneRecord | undefined, now: Date): string[] {
  const last = Math.floor((now.getTime() - CLOSED_MS) / HOUR_MS) - 1;
  const closed = Array.from({ length: LOOKED_BACK }, (_, back) => hourText((last - back) * HOUR_MS));
  const differing = known?.differing.map(({ hour }) => hour) ?? [];
  const seen = new Set([...(known?.alike ?? []), ...differing]);
  return [...closed.filter((hour) => !seen.has(hour)).slice(0, 1), ...differing.slice(0, 1)];
}

/** `2026-11-23T04:00:00Z`, as digests name an hour. */
function hourText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** How the events of one hour differ from those of another zone; none: they are the same. */
export interface ComparedHour {
  readonly hour: string;
  readonly differences: readonly string[];
}

/** @throws DatabaseConnectionError, and what a server answers */
export async function compareHours(
  ownUrl: string,
  otherUrl: string,
  hours: readonly string[],
): Promise<ComparedHour[]> {
  if (hours.length === 0) return [];
  const both = <T>(question: (session: Session) => Promise<T>) =>
    Promise.all([ownUrl, otherUrl].map((url) => asking(url, question)));
  const [own = [], other = []] = await both((session) => countHours(session, hours));
  const differing = hours.filter((hour) => !alike(own, other, hour));
  const [mine = [], theirs = []] =
    differing.length === 0 ? [] : await both((session) => readDigests(session, hoursCondition(differing)));
  return hours.map((hour) => ({
    hour,
    differences: compareDigests(
      mine.filter((digest) => digest.hour === hour),
      theirs.filter((digest) => digest.hour === hour),
    ),
  }));
}

/** An hour of a large MSR is read in a second; longer than this means that something else is wrong. */
async function asking<T>(url: string, question: (session: Session) => Promise<T>): Promise<T> {
  return await withSession(url, { purpose: 'health' }, async (session) => {
    await session.query(`SET statement_timeout = '20s'; SET lock_timeout = '2s'`);
    return await question(session);
  });
}

async function countHours(session: Session, hours: readonly string[]): Promise<Omit<HourDigest, 'sum'>[]> {
  const { rows } = await session.query<{ table: string; hour: string; count: string }>(
    `SELECT coalesce(table_name, '') AS "table", count(*)::text AS count,
            to_char(date_trunc('hour', event_timestamp AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:00:00"Z"') AS hour
     FROM msr.cdc_event WHERE ${hoursCondition(hours)} GROUP BY 1, 3`,
  );
  return rows.map(({ table, hour, count }) => ({ table, hour, count: Number(count) }));
}

function alike(own: readonly Omit<HourDigest, 'sum'>[], other: typeof own, hour: string): boolean {
  const text = (counts: typeof own) =>
    JSON.stringify(
      counts
        .filter((entry) => entry.hour === hour)
        .map(({ table, count }) => [table, count])
        .sort(),
    );
  return text(own) === text(other);
}

/** What is known of a zone after a run, for as long as its hours are looked back at. Pure. */
export function zoneRecord(
  known: ZoneRecord | undefined,
  compared: readonly ComparedHour[],
  now: Date,
): ZoneRecord {
  const fresh = new Set(compared.map(({ hour }) => hour));
  const oldest = hourText(now.getTime() - 4 * LOOKED_BACK * HOUR_MS);
  const kept = <T>(list: readonly T[], hourOf: (entry: T) => string) =>
    list.filter((entry) => !fresh.has(hourOf(entry)) && hourOf(entry) >= oldest);
  const bad = compared.filter(({ differences }) => differences.length > 0);
  return {
    alike: [
      ...kept(known?.alike ?? [], (hour) => hour),
      ...compared.filter(({ differences }) => differences.length === 0).map(({ hour }) => hour),
    ].sort(),
    differing: [
      ...kept(known?.differing ?? [], ({ hour }) => hour),
      ...bad.map(({ hour, differences }) => ({ hour, differences: differences.slice(0, 5) })),
    ],
  };
}
