import type { VolumeFinding } from '../volumes-handler.ts';

/** Nobody can read a snapshot without a volume made from it. */
export const UNREAD = 'what it holds only a restore (a drill) proves';

export function damaged(fact: string): VolumeFinding {
  return { outcome: 'damaged', fact };
}
