import { z } from 'zod';
import { indexOffsets, partitionKey } from '../../core/offsets.ts';
import { look, seenOf } from '../../doctor/look.ts';
import { hasDump } from '../../manifest/baseline-kind.ts';
import type { BackupEntry } from '../../manifest/catalogue.ts';
import { isByContent } from '../../manifest/manifest.ts';
import { replayStart } from '../../recovery/replay/replay-start.ts';
import { checkResultSchema } from '../check-result.ts';
import type { HealthContext } from '../health-context.ts';
import type { HealthRecord } from '../health-record.ts';
import { type BackupHealth, HEADS } from '../look-at-backups.ts';
import type { LogHealth } from '../look-at-log.ts';
import { quietSchema } from '../quiet.ts';
import { withinLimit } from '../within-limit.ts';
import { recoveryOutlook } from './can-recover.ts';

const backupSchema = z.object({
  id: z.string(),
  takenAt: z.string(),
  state: z.enum(['complete', 'damaged', 'unreadable', 'incomplete']),
  /** Kafka still holds every event since; null: not known. */
  replayable: z.boolean().nullable(),
  bytes: z.number(),
});

export const statusSchema = z.object({
  version: z.literal(1),
  at: z.iso.datetime(),
  instance: z.string().nullable(),
  outlook: z.object({
    answer: z.enum(['yes', 'no', 'not known']),
    text: z.string(),
    seconds: z.object({ low: z.number(), high: z.number() }).nullable(),
    measured: z.boolean(),
  }),
  verdict: z.enum(['healthy', 'not healthy', 'could not verify']),
  results: z.array(checkResultSchema),
  /** Why some pages are held back, and until when at the longest; null: none is. */
  quiet: quietSchema.nullable().default(null),
  /** What the run itself did. */
  done: z.array(z.string()),
  /** Newest first. */
  backups: z.array(backupSchema),
  day: z.array(
    z.object({
      at: z.string(),
      lagMessages: z.number().nullable(),
      lagSeconds: z.number().nullable(),
      eventAgeSeconds: z.number().nullable(),
      logEnd: z.number().nullable(),
    }),
  ),
  /** Newest first. */
  drills: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      endedAt: z.string(),
      verdict: z.string(),
      seconds: z.number(),
    }),
  ),
});
/** What `msr status`, status.json and status.html tell. */
export type StatusDocument = z.infer<typeof statusSchema>;
type BackupOnLine = z.infer<typeof backupSchema>;

const MOST_DRILLS = 12;

/** Asks nothing that the checks have not asked. @param record of this run */
export async function composeStatus(
  ctx: HealthContext,
  record: HealthRecord,
  signal: AbortSignal,
): Promise<StatusDocument> {
  const { looks } = ctx;
  const backups = await answered(looks.backups, signal);
  const log = await answered(looks.log, signal);
  const drills = (await answered(looks.drills, signal)) ?? [];
  const newest = backups?.manifest;
  const held = heldBy(log);
  return {
    ...{ version: 1, at: record.at, instance: record.instance, verdict: record.verdict, done: record.done },
    quiet: record.quiet,
    outlook: recoveryOutlook({
      backup: newest && {
        ...{ id: newest.id, takenAt: newest.cut.takenAt, exact: newest.cut.exact },
        byContent: isByContent(newest.cut),
        ...{ dumpSeconds: newest.durations.dumpSeconds, digestSeconds: newest.durations.digestSeconds },
        baseline: hasDump(newest) ? 'dump' : 'volumes',
      },
      ...{ results: record.results, drills },
      records: newest === undefined ? undefined : recordsSince(newest, log),
    }),
    results: record.results,
    backups: (backups?.newest ?? []).slice(0, HEADS).map((entry) => onLine(entry, held)),
    day: record.day,
    drills: drills
      .slice(0, MOST_DRILLS)
      .map(({ id, kind, endedAt, verdict, seconds }) => ({ id, kind, endedAt, verdict, seconds })),
  };
}

/** The checks have waited for it already: what still hangs is left out. */
const ANSWERED_MS = 2_000;

async function answered<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return seenOf(await look(() => withinLimit(ANSWERED_MS, signal, question)));
}

type Head = NonNullable<BackupHealth['manifest']>;

function onLine(entry: BackupEntry, held: HeldLog | undefined): BackupOnLine {
  const { id, state } = entry;
  if (!('manifest' in entry)) {
    const bytes = state === 'incomplete' ? entry.bytes : 0;
    return { ...{ id, state, bytes }, takenAt: takenAtOf(id), replayable: null };
  }
  const { manifest } = entry;
  return {
    ...{ id, state, takenAt: manifest.cut.takenAt },
    replayable: state === 'complete' && held !== undefined ? holdsSince(manifest, held) : null,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** `20261123T041500Z-9f3a` */
function takenAtOf(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z');
}

/** What Kafka holds, by partition. */
interface HeldLog {
  readonly topics: Parameters<typeof replayStart>[1];
  readonly ids: ReadonlyMap<string, string | null>;
  readonly start: ReadonlyMap<string, number>;
  readonly end: ReadonlyMap<string, number>;
}

/** Made once: there may be a thousand partitions, and forty backups. */
function heldBy(log: LogHealth | undefined): HeldLog | undefined {
  const [topics, ends] = [seenOf(log?.topics), seenOf(log?.ends)];
  if (topics === undefined || ends === undefined) return undefined;
  return {
    topics,
    ids: new Map(topics.map(({ name, id }) => [name, id])),
    start: indexOffsets(ends.start),
    end: indexOffsets(ends.end),
  };
}

/** By the logs' bounds and the topics' ids alone: what a page can tell of forty backups. */
function holdsSince({ cut }: Pick<Head, 'cut'>, { topics, ids, start, end }: HeldLog): boolean {
  if (cut.topics.some(({ name, id }) => !ids.has(name) || (id !== null && ids.get(name) !== id)))
    return false;
  return replayStart(cut, topics).every((position) => {
    const key = partitionKey(position);
    return (
      position.offset >= (start.get(key) ?? Number.POSITIVE_INFINITY) &&
      position.offset <= (end.get(key) ?? -1)
    );
  });
}

function recordsSince({ cut }: Pick<Head, 'cut'>, log: LogHealth | undefined): number | undefined {
  const [topics, ends] = [seenOf(log?.topics), seenOf(log?.ends)];
  if (topics === undefined || ends === undefined) return undefined;
  const end = indexOffsets(ends.end);
  return replayStart(cut, topics).reduce(
    (sum, position) =>
      sum + Math.max(0, (end.get(partitionKey(position)) ?? position.offset) - position.offset),
    0,
  );
}
