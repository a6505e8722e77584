import { describeError, OperatorError } from '../core/operator-error.ts';
import { VOLUMES_FEATURES } from '../manifest/volumes-features.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import type { Settings } from '../settings/settings.ts';
import type { BackupContext } from './backup-context.ts';
import { AS_FOR_THE_BACKUP, findHandler, requireHandler } from './find-handler.ts';
import { openStrategy } from './strategies.ts';
import type { BaselineStrategy } from './strategy.ts';
import type { VolumeFinding } from './volumes-handler.ts';

/**
 * Looks after the volumes of a backup, by the strategy that the settings name; its clients are opened when
 * there is something to look at.
 * @throws OperatorError where that strategy does not make such volumes, and what its clients throw
 */
export function volumeExaminer(settings: Settings['strategy']): (volumes: Volumes) => Promise<VolumeFinding> {
  return async (volumes) => {
    const strategy = await openStrategy(settings);
    const refusal = { cannot: 'look after', more: ', and verify again' };
    return await requireHandler(strategy, volumes, 'examine', refusal).examine(volumes);
  };
}

/** Deletes what a backup holds outside the vault. @returns what stays for now, with the reason */
export type VolumeRemover = (volumes: Volumes) => Promise<readonly string[]>;

/**
 * Removes by the strategy that the settings name; its clients are opened when there is something to delete.
 * What retention does not delete goes by itself, or with the next backup of its strategy.
 */
export function volumeRemover(settings: Settings['strategy']): VolumeRemover {
  return async (volumes) => {
    try {
      const handler = findHandler(await openStrategy(settings), volumes);
      if (handler?.remove !== undefined) return await handler.remove(volumes);
    } catch (error) {
      return [`${volumesName(volumes)} (${describeError(error)})`];
    }
    if (VOLUMES_FEATURES[volumes.kind].deletedBy !== 'retention') return [];
    return [
      `${volumesName(volumes)} (the strategy ${settings.name} did not make them: ${AS_FOR_THE_BACKUP})`,
    ];
  };
}

/** Keeps from being deleted what the strategy's options want kept; what it does not know stays as it is. */
export async function lockVolumes(
  strategy: Pick<BaselineStrategy, 'handlers'>,
  volumes: readonly Volumes[],
): Promise<void> {
  for (const each of volumes) await findHandler(strategy, each)?.lock?.(each);
}

/** All volumes of a backup whose manifest is still to be written. */
export interface TakenBaseline {
  readonly backupId: string;
  readonly cutAt: Date;
  readonly volumes: readonly Volumes[];
}

export type FollowedBaseline =
  /** The slowest one's share, in percent. */
  | { readonly kind: 'pending'; readonly percent: number }
  /** The volumes as the manifest tells them. */
  | { readonly kind: 'completed'; readonly volumes: readonly Volumes[] };

/**
 * One look at what completes later, which starts what must follow it (copies).
 * @throws OperatorError where the volumes will never be whole, or the strategy is another one by now
 */
export async function followVolumes(
  ctx: BackupContext,
  strategy: Pick<BaselineStrategy, 'name' | 'handlers'>,
  taken: TakenBaseline,
): Promise<FollowedBaseline> {
  const whole: Volumes[] = [];
  for (const volumes of taken.volumes) {
    if (!VOLUMES_FEATURES[volumes.kind].completesLater) {
      whole.push(volumes);
      continue;
    }
    const follow = findHandler(strategy, volumes)?.follow;
    if (follow === undefined) throw strategyChanged(strategy, taken);
    const found = await follow(ctx, { ...taken, volumes });
    if (found.kind === 'pending') return found;
    whole.push(found.volumes);
  }
  return { kind: 'completed', volumes: whole };
}

function strategyChanged(
  { name }: Pick<BaselineStrategy, 'name'>,
  { backupId }: TakenBaseline,
): OperatorError {
  return new OperatorError(`the strategy ${name} did not take the volumes of ${backupId}`, {
    hint: 'the strategy was changed while the backup was under way: it is given up, take another one',
  });
}
