import { z } from 'zod';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { withSecretReferences } from '../../sink/connector-references.ts';
import { describeChange, rulesHash, sinkChanges } from '../../sink/sink-changes.ts';

const partitionOffset = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  offset: z.int().nonnegative(),
});

const stage = z.object({
  /** When the sink was changed, as the operator says or as a health run has seen it. */
  at: z.iso.datetime(),
  /** Where the records end that the configuration before it reads. Partitions without have none of them. */
  offsets: z.array(partitionOffset),
  /** That configuration in the sink's history, by its hash; absent: it is the backup's. */
  by: z.string().optional(),
  /** Health runs tell it; absent: the operator does. */
  seen: z.literal(true).optional(),
});
/** A change of the sink since the backup. */
export type ReadingStage = z.infer<typeof stage>;

/** How records become rows, as a plan fixes it. */
export const readingSchema = z.object({
  /**
   * What today's configuration of the sink makes of records, as a digest: a replay goes
   * by it and by no later one.
   */
  rules: z.string(),
  /** The last change; absent: there was none, and today's configuration reads everything. */
  boundary: stage.optional(),
  /** Changes before that one, oldest first; absent: there was none. */
  earlier: z.array(stage).optional(),
  /** As connector, setting, backup or table tell it; absent: nobody can tell, and nothing depended on it. */
  isolation: z.enum(['read_uncommitted', 'read_committed']).optional(),
});
export type Reading = z.infer<typeof readingSchema>;

/** Every change since the backup, oldest first. Pure. */
export function stagesOf({ boundary, earlier = [] }: Pick<Reading, 'boundary' | 'earlier'>): ReadingStage[] {
  return boundary === undefined ? [] : [...earlier, boundary];
}

type Configuration = Readonly<Record<string, string>>;

/**
 * A short name for the rules of a configuration; one that is not understood is told apart by its spelling.
 */
export function rulesDigest(config: Configuration): string {
  return rulesHash(config).slice(0, 12);
}

/** The sink's configuration at the cut; undefined where the backup does not hold it. */
export function configurationAtCut({ sink, connectors }: Pick<Manifest, 'sink' | 'connectors'>) {
  const config = connectors.find(({ name }) => name === sink.connector)?.config;
  return config === undefined || Object.keys(config).length === 0 ? undefined : config;
}

/**
 * What decides rows and has changed since the backup, each as `key: then → now`. Pure.
 * @param now as Kafka Connect holds it, secrets and all
 */
export function changesSince(manifest: Pick<Manifest, 'sink' | 'connectors'>, now: Configuration): string[] {
  const then = configurationAtCut(manifest);
  if (then === undefined) return ["the backup does not hold its sink's configuration"];
  return sinkChanges(then, withSecretReferences(manifest.sink.connector, now)).map(describeChange);
}

/**
 * Up to where the backup's configuration reads: not before the cut, and nothing of topics
 * that it did not read. Pure.
 * @param at what Kafka gives for the time, of every partition
 */
export function boundaryOffsets({ offsets, topics }: Manifest['cut'], at: Offsets): Offsets {
  const cut = indexOffsets(offsets);
  const known = new Set(topics.map(({ name }) => name));
  return at
    .filter(({ topic }) => known.has(topic))
    .map((position) => ({
      ...position,
      offset: Math.max(position.offset, cut.get(partitionKey(position)) ?? 0),
    }));
}
