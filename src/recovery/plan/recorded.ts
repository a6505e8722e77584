import { z } from 'zod';
import { lastRecorded, type RecordedTopic } from '../../consumer-groups/log-record.ts';
import { count } from '../../core/activity.ts';
import { partitionKey } from '../../core/offsets.ts';
import type { Manifest, ManifestHead } from '../../manifest/manifest.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Hole } from './course.ts';

/** Where one partition of a log that is gone stood when somebody last saw it. */
export const recordedSchema = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  at: z.iso.datetime(),
  by: z.enum(['health run', 'backup']),
  /** The offset that the next record was to get. */
  end: z.int().nonnegative(),
  /** Where the sink stood; null: nobody knows. */
  committed: z.int().nonnegative().nullable(),
});
export type Recorded = z.infer<typeof recordedSchema>;

type Cut = Manifest['cut'];

/**
 * Where the topics of a cut stood when they were last seen, as long as they were those of the cut.
 * @param lost the topics that are asked for
 * @param heads of every backup: a later one saw the log, too
 * @throws VaultReadError
 */
export async function readRecorded(
  vault: Vault,
  cut: Cut,
  lost: readonly string[],
  heads: readonly ManifestHead[],
): Promise<Recorded[]> {
  const isMeant = (topic: RecordedTopic['topic']) => isTopicOf(cut, topic);
  const runs = await lastRecorded(vault, lost, isMeant, cut.takenAt);
  return latest([...runs.flatMap(ofRun), ...heads.flatMap((head) => ofBackup(head.cut, cut, lost))]);
}

/** By its id; where brokers tell none, by its having come as far as the cut. */
function isTopicOf(cut: Cut, { name, id, offsets }: RecordedTopic['topic']): boolean {
  const then = cut.topics.find((topic) => topic.name === name);
  if (then === undefined) return false;
  if (then.id !== null && id !== null) return then.id === id;
  return cut.offsets.every(
    ({ topic, partition, offset }) => topic !== name || (offsets.end[partition] ?? 0) >= offset,
  );
}

function ofRun({ at, topic: { name, offsets } }: RecordedTopic): Recorded[] {
  return offsets.end.map((end, partition) => ({
    ...{ topic: name, partition, at, by: 'health run' as const, end },
    committed: offsets.committed[partition] ?? null,
  }));
}

/** Its sink stood there, so that the log reached as far. */
function ofBackup(later: ManifestHead['cut'], cut: Cut, lost: readonly string[]): Recorded[] {
  if (later.takenAt <= cut.takenAt) return [];
  const same = later.topics.filter(({ name, id }) =>
    cut.topics.some((then) => then.name === name && then.id !== null && then.id === id),
  );
  return later.offsets
    .filter(({ topic }) => lost.includes(topic) && same.some(({ name }) => name === topic))
    .map(({ topic, partition, offset }) => ({
      ...{ topic, partition, at: later.takenAt, by: 'backup' as const, end: offset, committed: offset },
    }));
}

/** The latest word of each partition. Pure. */
function latest(all: readonly Recorded[]): Recorded[] {
  const found = new Map<string, Recorded>();
  for (const each of all) {
    const key = partitionKey(each);
    const known = found.get(key);
    if (known === undefined || known.at < each.at) found.set(key, each);
  }
  return [...found.values()];
}

/** The holes, with how far the logs that are gone are known to have reached. Pure. */
export function withSeenEnds(holes: readonly Hole[], recorded: readonly Recorded[]): Hole[] {
  const ends = new Map(recorded.map((each) => [partitionKey(each), each.end]));
  return holes.map((hole) => {
    const seen = hole.to === null ? ends.get(partitionKey(hole)) : undefined;
    return seen === undefined || seen <= hole.from ? hole : { ...hole, seenTo: seen };
  });
}

/** When the logs were last seen, the earliest of the partitions: from then on nobody knows. Pure. */
export function lastSeen(recorded: readonly Recorded[]): string | undefined {
  return recorded.map(({ at }) => at).sort()[0];
}

/** What the sink had not committed when the logs were last seen: Kafka alone may have held it. Pure. */
export function waitingInKafka(recorded: readonly Recorded[]): Hole[] {
  return recorded.flatMap(({ topic, partition, committed, end }) =>
    committed === null || end <= committed
      ? []
      : [{ topic, partition, from: committed, to: null, seenTo: end }],
  );
}

/**
 * What is known of a Kafka that is lost, for people. Pure.
 * @param since when the backup was taken
 */
export function describeRecorded(recorded: readonly Recorded[], since: string): string[] {
  const seen = lastSeen(recorded);
  if (seen === undefined) {
    return [
      `how much Kafka alone held when it was lost nobody knows: nothing has recorded it since the backup, ${since}`,
    ];
  }
  const last = `when the ${recorded[0]?.by} of ${seen} saw that log, the last one to see it`;
  const after = 'what came into it after that nobody has recorded';
  const holes = waitingInKafka(recorded);
  if (holes.length === 0) return [`the sink had written all that stood in Kafka ${last}; ${after}`];
  const waiting = holes.reduce((sum, { from, seenTo = from }) => sum + seenTo - from, 0);
  const places = holes
    .slice(0, SHOWN)
    .map((hole) => `${partitionKey(hole)} from ${hole.from} to ${(hole.seenTo ?? 0) - 1}`);
  const more = holes.length > SHOWN ? ', …' : '';
  return [`${count(waiting)} records waited in Kafka ${last}: ${places.join(', ')}${more}; ${after}`];
}

/** Partitions that a sentence names. */
const SHOWN = 5;
