import { z } from 'zod';
import { atMost } from '../core/at-most.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const offset = z.int().nonnegative();
const moment = z.iso.datetime();

/** The partitions of a topic side by side, from 0: with a thousand of them a record stays small. */
const columns = z.object({
  start: z.array(offset),
  end: z.array(offset),
  stable: z.array(offset),
  /** Committed by the sink; null: never. */
  committed: z.array(offset.nullable()),
  /** Data records that wait; null: not known. */
  waiting: z.array(offset.nullable()),
  /** Since when records wait and the commit has not moved; null: none do. */
  waitingSince: z.array(moment.nullable()),
});

/** Where logs and sink stood when a health run looked. */
export const logRecordSchema = z.object({
  /** When it was looked at: a run that cannot look keeps what the last one saw. */
  at: moment,
  /** null: the brokers did not tell. */
  clusterId: z.string().nullable(),
  topics: z.array(z.object({ name: z.string(), id: z.string().nullable(), offsets: columns })),
});
export type LogRecord = z.infer<typeof logRecordSchema>;
export type TopicColumns = z.infer<typeof columns>;

/** Where one topic stood, and when. */
export interface RecordedTopic {
  readonly at: string;
  readonly topic: LogRecord['topics'][number];
}

const runSchema = z.object({ log: logRecordSchema.optional() });

/** Documents that are read at once: they are small. */
const AT_ONCE = 16;

/**
 * Where each topic stood when a health run last saw the one that is meant: after a loss of Kafka later runs
 * record what came in its place. A run of another version of msr is passed over.
 * @param isMeant whether a topic of that name is that topic
 * @param wanted names of topics
 * @param notBefore ISO 8601: what is older is of no use
 * @throws VaultReadError
 */
export async function lastRecorded(
  vault: Vault,
  wanted: readonly string[],
  isMeant: (topic: LogRecord['topics'][number]) => boolean,
  notBefore: string,
): Promise<RecordedTopic[]> {
  const found = new Map<string, RecordedTopic>();
  const paths = [VaultPath.latestHealth, ...(await runsSince(vault, notBefore))];
  for (let next = 0; next < paths.length && found.size < wanted.length; next += AT_ONCE) {
    const logs = await atMost(AT_ONCE, paths.slice(next, next + AT_ONCE), (path) => readLog(vault, path));
    for (const log of logs) {
      for (const topic of log?.topics ?? []) {
        if (log === undefined || log.at < notBefore || found.has(topic.name)) continue;
        if (wanted.includes(topic.name) && isMeant(topic)) found.set(topic.name, { at: log.at, topic });
      }
    }
  }
  return [...found.values()];
}

const STAMPED = /^health\/(\d{8}T\d{6}Z)\.json$/;

/** Newest first. Their names are the times of the runs, as recording.ts writes them. */
async function runsSince(vault: Vault, notBefore: string): Promise<string[]> {
  const first = notBefore.replace(/[-:]/g, '').replace(/\.\d+/, '');
  return (await vault.list(VaultPath.health))
    .map(({ path }) => path)
    .filter((path) => (STAMPED.exec(path)?.[1] ?? '') >= first)
    .sort()
    .reverse();
}

async function readLog(vault: Vault, path: string): Promise<LogRecord | undefined> {
  const document = await vault.readDocument(path);
  if (document === undefined) return undefined;
  return runSchema.safeParse(parsed(document.content)).data?.log;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // One that was broken off counts for none.
    return undefined;
  }
}
