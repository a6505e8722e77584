import type { HourDigest } from '../../ledger/digest.ts';

/** A chunk of a hypertable, as TimescaleDB's catalog names it. */
export interface Chunk {
  readonly hypertable: string;
  readonly schema: string;
  readonly name: string;
  /** [from, until) in milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** The table that holds its rows compressed; null: not compressed. */
  readonly compressed: string | null;
}

/** At most this many of each hypertable: the newest, the oldest and the largest, of both kinds. */
const ENDS = ['oldest', 'newest', 'largest'] as const;

/**
 * The chunks that a rehearsal restores. Of each hypertable, and of compressed and uncompressed ones apart:
 * the oldest, the newest, and the one with the most events. Pure.
 * @param digests of the manifest, which tell how many events an hour holds
 */
export function sampleChunks(chunks: readonly Chunk[], digests: readonly HourDigest[]): Chunk[] {
  const byHour = digests
    .map(({ hour, count }) => ({ at: Date.parse(hour), count }))
    .filter(({ at }) => Number.isFinite(at));
  const events = (chunk: Chunk): number =>
    byHour.reduce((sum, { at, count }) => sum + (at >= chunk.from && at < chunk.until ? count : 0), 0);
  const groups = Map.groupBy(chunks, ({ hypertable, compressed }) => `${hypertable} ${compressed !== null}`);
  const chosen = [...groups.values()].flatMap((group) => {
    const inOrder = [...group].sort((a, b) => a.from - b.from);
    const sizes = new Map(inOrder.map((chunk) => [chunk, events(chunk)]));
    const held = inOrder.filter((chunk) => (sizes.get(chunk) ?? 0) > 0);
    const some = held.length > 0 ? held : inOrder;
    const ends = {
      oldest: some[0],
      newest: some.at(-1),
      largest: some.reduce<Chunk | undefined>(
        (most, chunk) =>
          (sizes.get(chunk) ?? 0) > (sizes.get(most ?? chunk) ?? 0) ? chunk : (most ?? chunk),
        undefined,
      ),
    };
    return ENDS.map((end) => ends[end]).filter((chunk) => chunk !== undefined);
  });
  return [...new Set(chosen)];
}

/** Large objects may be of any size; a subscription would begin to read. */
const LEFT_OUT = / (?:BLOBS|SUBSCRIPTION) /;
const CHUNK_ENTRY =
  /^\d+; \d+ \d+ (TABLE DATA|INDEX|CONSTRAINT|FK CONSTRAINT|TRIGGER|STATISTICS(?: DATA)?|INDEX ATTACH) (\S+) (\S+)/;

/**
 * The lines of a list for `pg_restore --use-list` that a rehearsal restores: everything but the rows,
 * indexes and constraints of chunks that are not in the sample. Pure.
 * @param all every chunk, compressed ones' tables among them, as `schema.name`
 * @param large tables whose rows are too many, as `schema.name`
 */
export function sampleToc(
  lines: readonly string[],
  {
    all,
    sample,
    large,
  }: {
    readonly all: ReadonlySet<string>;
    readonly sample: ReadonlySet<string>;
    readonly large: ReadonlySet<string>;
  },
): string[] {
  return lines.filter((line) => {
    if (LEFT_OUT.test(line)) return false;
    const match = CHUNK_ENTRY.exec(line);
    if (match === null) return true;
    const [, kind, schema = '', tag = ''] = match;
    if (kind === 'TABLE DATA' && large.has(`${schema}.${tag}`)) return false;
    const chunk = `${schema}.${kind === 'INDEX' ? chunkOfIndex(tag) : tag}`;
    return !all.has(chunk) || sample.has(chunk);
  });
}

/** TimescaleDB names a chunk's index after the chunk: `_hyper_1_2_chunk_cdc_event_time_idx`. */
function chunkOfIndex(index: string): string {
  return /^(.*?_chunk)_/.exec(index)?.[1] ?? index;
}
