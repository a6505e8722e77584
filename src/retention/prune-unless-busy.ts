import { LockHeldError } from '../vault/lock.ts';
import { type PruneContext, type PruneReport, prune } from './prune.ts';

/** What a scheduled run of retention did. */
export type ScheduledPrune =
  | {
      readonly done: PruneReport['done'];
      readonly kept: number;
      readonly expired: readonly string[];
      readonly stayed: PruneReport['stayed'];
    }
  | { readonly done: 'nothing'; readonly why: string };

/**
 * As `prune`, but content where a backup or a recovery holds the lock: the next day's run comes to the same.
 */
export async function pruneUnlessBusy(ctx: PruneContext): Promise<ScheduledPrune> {
  try {
    const { decisions, done, stayed } = await prune(ctx);
    const expired = decisions.filter(({ verdict }) => verdict === 'expire').map(({ id }) => id);
    return { done, kept: decisions.length - expired.length, expired, stayed };
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    return { done: 'nothing', why: error.message };
  }
}
