import { describeError } from '../core/operator-error.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import type { Settings } from '../settings/settings.ts';
import { openConfigured } from './open-strategy.ts';

/** Deletes what a backup holds outside the vault. @returns what stays for now, with the reason */
export type VolumeRemover = (volumes: Volumes) => Promise<readonly string[]>;

/**
 * By the strategy that the settings name; its clients are opened when there is something to delete. What other
 * strategies make is removed by their next backup, once this one is gone; nobody but `ebs` finds its snapshots.
 */
export function volumeRemover(settings: Pick<Settings, 'strategy'>): VolumeRemover {
  return async (volumes) => {
    try {
      const strategy = await openConfigured(settings);
      const left = await strategy.remove?.(volumes);
      if (left !== undefined) return left;
    } catch (error) {
      return [`${volumesName(volumes)} (${describeError(error)})`];
    }
    if (volumes.kind !== 'ebs') return [];
    const hint = 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup';
    return [`${volumesName(volumes)} (the strategy ${settings.strategy.name} did not make them: ${hint})`];
  };
}
