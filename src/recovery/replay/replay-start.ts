import { indexOffsets, type Offsets, partitionKey, sortOffsets } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/** A topic as the cluster has it now. */
export interface PresentTopic {
  readonly name: string;
  readonly partitions: readonly number[];
}

/**
 * Where the replay begins in every partition that the sink reads now: at the cut; at 0 in partitions and
 * topics that came after it, since the baseline holds nothing of them.
 */
export function replayStart(cut: Pick<Manifest['cut'], 'offsets'>, topics: readonly PresentTopic[]): Offsets {
  const atCut = indexOffsets(cut.offsets);
  const present = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => {
      const offset = atCut.get(partitionKey({ topic: name, partition })) ?? 0;
      return { topic: name, partition, offset };
    }),
  );
  return sortOffsets(present);
}
