import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';

/** The end of each partition for a replay that follows the sink, and never goes back. Pure. */
export function behindSink(positions: Offsets, committed: Offsets, ends: Offsets): Offsets {
  const [at, sink] = [indexOffsets(positions), indexOffsets(committed)];
  return ends.map((end) => {
    const key = partitionKey(end);
    const position = at.get(key) ?? 0;
    return { ...end, offset: Math.max(position, Math.min(sink.get(key) ?? position, end.offset)) };
  });
}
