import { OperatorError } from '../core/operator-error.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import type { Settings } from '../settings/settings.ts';
import { openStrategy } from './open-strategy.ts';
import type { VolumeFinding } from './strategy.ts';

/**
 * Looks after the volumes of a backup, by the strategy that the settings name; its clients are opened when there is
 * something to look at.
 * @throws OperatorError where that strategy does not make such volumes, and what its clients throw
 */
export function volumeExaminer({
  name,
  options,
}: Settings['strategy']): (volumes: Volumes) => Promise<VolumeFinding> {
  return async (volumes) => {
    const strategy = await openStrategy(name, options);
    const finding = await strategy.examine?.(volumes);
    if (finding !== undefined) return finding;
    throw new OperatorError(`the strategy ${name} cannot look after ${volumesName(volumes)}`, {
      hint: 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup, and verify again',
    });
  };
}
