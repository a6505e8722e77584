import { expect } from 'vitest';
import { ByteWriter } from '../../src/core/byte-writer.ts';
import { type CanonicalEvent, eventHash } from '../../src/ledger/digest.ts';
import { EVENT_HASH_SQL, hourDigestsSql } from '../../src/ledger/digest-sql.ts';
import { eventHour } from '../../src/ledger/event-hour.ts';
import { JsonbBytes } from '../../src/ledger/jsonb-bytes.ts';
import { JsonbTextError } from '../../src/ledger/jsonb-error.ts';
import { jsonbText } from '../../src/ledger/jsonb-text.ts';
import { timestampText } from '../../src/sink/timestamp-text.ts';
import { seededRandom } from '../bed/random.ts';
import { nastyJson } from './nasty-json.ts';

/** A PostgreSQL, whichever: the rows of a query. */
export type Query = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** Compares what we print with what the server prints for the same random texts, refusals included. */
export async function compareJsonbTexts(query: Query, seed: number, count: number): Promise<void> {
  const random = seededRandom(seed);
  const texts = Array.from({ length: count }, () => nastyJson(random));
  await query(`CREATE OR REPLACE FUNCTION pg_temp.try_jsonb(given text) RETURNS text LANGUAGE plpgsql AS
    'BEGIN RETURN given::jsonb::text; EXCEPTION WHEN data_exception THEN RETURN NULL; END'`);
  const printed = await query(
    `SELECT pg_temp.try_jsonb(given) AS printed FROM unnest($1::text[]) WITH ORDINALITY AS t (given, n) ORDER BY n`,
    [texts],
  );
  const ours = texts.map(printedOrNull);
  expect(ours).toEqual(printed.map((row) => row['printed']));
  const fromBytes = texts.map(printedFromBytes);
  const taken = fromBytes.filter((text) => text !== undefined);
  expect(taken).toEqual(ours.filter((_, n) => fromBytes[n] !== undefined));
  expect(taken.length).toBeGreaterThan(count / 2);
  // A generator of refused texts alone, or of none, would prove little.
  const refused = ours.filter((text) => text === null).length;
  expect(refused).toBeGreaterThan(count / 100);
  expect(refused).toBeLessThan(count / 3);
}

/** As the replay prints the usual ones. @returns undefined for what it leaves to jsonbText */
function printedFromBytes(text: string): string | undefined {
  // Within other bytes, which it must neither read nor touch.
  const input = Buffer.from(`"${text}"`);
  const out = new ByteWriter(1);
  out.append(Buffer.from('before'));
  const taken = bytes.write(input, 1, input.length - 1, out);
  const written = out.bytes.toString('utf8', 0, out.length);
  expect(written.slice(0, 6)).toBe('before');
  if (!taken) expect(written).toBe('before');
  return taken ? written.slice(6) : undefined;
}

const bytes = new JsonbBytes();

function printedOrNull(text: string): string | null {
  try {
    return jsonbText(text);
  } catch (error) {
    if (error instanceof JsonbTextError) return null;
    throw error;
  }
}

/** Compares hashes and hours of random events with what the server computes from the rows. */
export async function compareDigests(query: Query, seed: number, count: number): Promise<void> {
  const events = randomEvents(seed, count);
  await query(`CREATE TEMP TABLE twin (n int, entity_id text, entity_state jsonb, op char(1),
    event_timestamp timestamptz, table_name text)`);
  await query(
    `INSERT INTO twin SELECT n, i, s::jsonb, o, m::timestamptz, t
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS e (i, s, o, m, t, n)`,
    [
      events.map((event) => event.entityId),
      events.map((event) => event.entityState),
      events.map((event) => event.op),
      events.map((event) => timestampText(event.timestampMicros ?? 0n)),
      events.map((event) => event.tableName),
    ],
  );
  const hashes = await query(`SELECT (${EVENT_HASH_SQL})::text AS hash FROM twin ORDER BY n`);
  expect(events.map((event) => eventHash(event).toString())).toEqual(hashes.map((row) => row['hash']));

  const digests = await query(hourDigestsSql('twin'));
  const counts = Map.groupBy(
    events,
    (event) => `${event.tableName ?? ''} ${eventHour(event.timestampMicros ?? 0n)}`,
  );
  expect(new Map(digests.map((row) => [`${row['table']} ${row['hour']}`, Number(row['count'])]))).toEqual(
    new Map([...counts].map(([key, group]) => [key, group.length])),
  );
}

const TABLES = ['gis.a', 'gis.b', '', null];
const TEXTS = ['', ' ', 'id', '\\N', 'tab\t"quote"\\', '😀 é \u007f', null];
const OPS = ['c', 'd', '', null];

/** Events with what is hard to hold alike in two places. */
export function randomEvents(seed: number, count: number): CanonicalEvent[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  return Array.from({ length: count }, () => {
    const state = printedOrNull(nastyJson(random));
    // From long before our era to the year 12000: late clocks and broken ones.
    const far = random() < 0.1 ? random() * 3.9e14 - 8e13 : 1.7e12 + random() * 1e8;
    return {
      entityId: pick(TEXTS),
      entityState: state,
      op: pick(OPS),
      timestampMicros: BigInt(Math.floor(far)) * 1_000n,
      tableName: pick(TABLES),
    };
  });
}
