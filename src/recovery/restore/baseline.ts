import { escapeIdentifier } from 'pg';
import { findRelations } from '../../backup/contents/relation-facts.ts';
import type { Session } from '../../clients/postgres.ts';
import { compareDigests } from '../../ledger/compare-digests.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { countEvents } from '../../ledger/digest-sums.ts';
import { momentText, startOfHour } from '../../ledger/hour-ranges.ts';
import { readDigests } from '../../ledger/read-digests.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { RecoveryContext } from '../context.ts';
import { BaselineMismatchError } from './restore-errors.ts';

/**
 * Compares what was restored with the manifest: the rows of every relation, and the content of the events per
 * table and hour.
 * @param session with timescaledb.restoring off: with it on, compressed chunks read as empty
 * @throws BaselineMismatchError
 */
export async function checkBaseline(
  session: Session,
  database: string,
  manifest: Manifest,
  watch: Watch,
): Promise<void> {
  const rows = await compareRelations(session, await comparable(session, manifest));
  if (rows.length > 0) throw new BaselineMismatchError(database, rows);
  await checkEvents(session, database, manifest, watch);
}

/** Another major version may write the same definition in other words. */
async function comparable(
  session: Session,
  { relations, server }: Pick<Manifest, 'relations' | 'server'>,
): Promise<Manifest['relations']> {
  const { rows } = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const major = (version: number): number => Math.floor(version / 10_000);
  if (major(rows[0]?.version ?? 0) === major(server.postgresVersion)) return relations;
  return relations.map(({ definition: _, ...relation }) => relation);
}

/** Only the content of the events, per table and hour. @throws BaselineMismatchError */
export async function checkEvents(
  session: Session,
  database: string,
  manifest: Pick<Manifest, 'digests'>,
  watch: Watch,
): Promise<void> {
  const found = await readDigestsByDay(session, manifest.digests, watch);
  const content = compareDigests(manifest.digests, found);
  if (content.length > 0) throw new BaselineMismatchError(database, content);
}

/** Who waits, and may stop waiting. */
export type Watch = Pick<RecoveryContext, 'progress' | 'signal'>;

/**
 * The digests of all events, a day at a time, so that somebody who waits sees how far it is.
 * @param expected what should be found: its days are the slices, and its events the total
 */
export async function readDigestsByDay(
  session: Session,
  expected: readonly HourDigest[],
  { progress, signal }: Watch,
): Promise<HourDigest[]> {
  const total = countEvents(expected);
  const found: HourDigest[] = [];
  for (const slice of daySlices(expected)) {
    signal.throwIfAborted();
    found.push(...(await readDigests(session, slice)));
    progress.update({ activity: 'compare events', done: countEvents(found), total, unit: 'events' });
  }
  return found;
}

const DAY_MS = 24 * 3_600_000;

/** SQL conditions that cut all of time at the days of these hours: no event falls between two slices. */
export function daySlices(digests: readonly Pick<HourDigest, 'hour'>[]): string[] {
  // What lies at infinity is in the last slice.
  const hours = digests.map(({ hour }) => hour).filter((hour) => !hour.endsWith('infinity'));
  const days = [...new Set(hours.map((hour) => Math.floor(startOfHour(hour) / DAY_MS)))].sort(
    (a, b) => a - b,
  );
  const from = (day: number): string => `event_timestamp >= '${momentText(day * DAY_MS)}'`;
  const before = (day: number): string => `event_timestamp < '${momentText(day * DAY_MS)}'`;
  const [first] = days;
  if (first === undefined) return ['true'];
  return [
    before(first),
    ...days.map((day, index) => {
      const next = days[index + 1];
      return next === undefined ? from(day) : `${from(day)} AND ${before(next)}`;
    }),
  ];
}

/**
 * Which relations are not what they were, one clause each: tables have another number of rows; views,
 * materialized ones among them, are gone or defined otherwise. What a view shows is no measure: it may move
 * with the clock, be stale on purpose, or wait WITH NO DATA.
 */
export async function compareRelations(
  session: Session,
  relations: Manifest['relations'],
): Promise<string[]> {
  const views = await readViews(session);
  const differences: string[] = [];
  for (const { name, kind, rows: expected, definition } of relations) {
    const view = views.get(name.replace(/^msr\./, ''));
    if (view !== undefined) {
      if (definition !== undefined && definition !== view) differences.push(`${name} is defined otherwise`);
      continue;
    }
    if (kind === 'view' || kind === 'materialized-view') {
      differences.push(`the view ${name} is missing`);
      continue;
    }
    const { rows } = await session.query<{ n: string }>(`SELECT count(*) AS n FROM ${quoted(name)}`);
    const found = Number(rows[0]?.n);
    if (found !== expected) differences.push(`${name} has ${found} rows instead of ${expected}`);
  }
  return differences;
}

/**
 * The definitions of schema msr's views by name, materialized ones among them; continuous aggregates hold
 * data.
 */
async function readViews(session: Session): Promise<ReadonlyMap<string, string>> {
  const relations = await findRelations(session);
  return new Map(
    relations.flatMap(({ name, definition }) => (definition === undefined ? [] : [[name, definition]])),
  );
}

/** `schema.name`, or a name of schema msr. */
function quoted(name: string): string {
  const parts = name.includes('.') ? name.split('.') : ['msr', name];
  return parts.map(escapeIdentifier).join('.');
}
