import { topicIdOf } from '../../clients/kafka/kafka-topics.ts';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import type { BackupEntry } from '../../manifest/catalogue.ts';
import type { ManifestHead } from '../../manifest/manifest.ts';

type Cut = Pick<ManifestHead['cut'], 'topics' | 'offsets'>;

/**
 * How far the backups that are newer than this one have seen its logs reach; what they say of a topic that
 * was created anew meanwhile is left out. Pure.
 * @param entries newest first
 */
export function reachedSince(id: string, cut: Cut, entries: readonly BackupEntry[]): Offsets {
  const at = entries.findIndex((entry) => entry.id === id);
  const newer = entries
    .slice(0, Math.max(0, at))
    .flatMap((entry) => ('manifest' in entry ? [entry.manifest.cut] : []));
  const furthest = new Map<string, PartitionOffset>();
  for (const seen of newer.flatMap((each) => sameLogs(cut, each))) {
    const key = partitionKey(seen);
    if ((furthest.get(key)?.offset ?? -1) < seen.offset) furthest.set(key, seen);
  }
  const own = indexOffsets(cut.offsets);
  return [...furthest.values()].filter((seen) => seen.offset > (own.get(partitionKey(seen)) ?? 0));
}

/** Topics whose ids nobody has told may be others. */
function sameLogs(cut: Cut, newer: Cut): Offsets {
  const ids = new Map(cut.topics.map(({ id, name }) => [name, topicIdOf(id, name)]));
  const same = newer.topics.filter(({ id, name }) => {
    const its = topicIdOf(id, name);
    return its !== null && ids.get(name) === its;
  });
  const names = new Set(same.map(({ name }) => name));
  return newer.offsets.filter(({ topic }) => names.has(topic));
}
