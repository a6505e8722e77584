import type { BackupContext } from '../../baselines/backup-context.ts';
import { followVolumes, type TakenBaseline } from '../../baselines/configured-volumes.ts';
import type { BaselineStrategy } from '../../baselines/strategy.ts';
import { poll } from '../../core/poll.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { completeLater } from '../../manifest/volumes-features.ts';

/** What of a draft is followed until it is whole. */
export function takenBaseline({ id, cut, volumes }: Manifest): TakenBaseline {
  return { backupId: id, cutAt: new Date(cut.takenAt), volumes };
}

/** The manifest of a draft whose volumes are whole by now. */
export function wholeManifest(
  draft: Manifest,
  volumes: TakenBaseline['volumes'],
  now = new Date(),
): Manifest {
  return { ...draft, createdAt: now.toISOString(), volumes: [...volumes] };
}

const LOOK_EVERY_MS = 5_000;

/**
 * Waits in this process until the volumes of a draft are whole; no session is held meanwhile.
 * @returns the manifest, which is still to be written
 * @throws what the strategy throws where they will never be; the strategy has its own deadline
 */
export async function awaitBaseline(
  ctx: BackupContext,
  strategy: Pick<BaselineStrategy, 'name' | 'handlers'>,
  draft: Manifest,
): Promise<Manifest> {
  if (!completeLater(draft.volumes)) return draft;
  const look = async () => {
    const found = await followVolumes(ctx, strategy, takenBaseline(draft));
    if (found.kind === 'completed') return wholeManifest(draft, found.volumes);
    const { percent } = found;
    ctx.progress.update({ activity: 'volume snapshots', done: percent, total: 100, unit: 'steps' });
    return undefined;
  };
  const forever = { deadlineMs: Number.POSITIVE_INFINITY, intervalMs: LOOK_EVERY_MS, signal: ctx.signal };
  return (await poll(look, forever)) ?? draft;
}

/**
 * Seconds until the next look: few at first, then ever more. They stay within the lease of the
 * lock, which each look renews.
 * @param ageMs since the cut
 */
export function secondsToNextLook(ageMs: number): number {
  return Math.round(Math.min(150, Math.max(30, ageMs / 10_000)));
}
