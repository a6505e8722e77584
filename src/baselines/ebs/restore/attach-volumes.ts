import { poll } from '../../../core/poll.ts';
import { attachVolume, findVolumes } from './ec2-volumes.ts';
import { EbsRestoreError } from './restore-error.ts';
import type { RestoreScene } from './restore-scene.ts';
import type { RestoredVolume, WantedVolume } from './volume-plan.ts';

/**
 * Attaches those that are not, and waits until all are.
 * @throws EbsRestoreError naming the one that is not
 */
export async function attachVolumes(
  scene: RestoreScene,
  volumes: ReadonlyMap<WantedVolume, string>,
): Promise<ReadonlyMap<WantedVolume, RestoredVolume>> {
  const { ec2, options, request } = scene;
  const instanceId = options.recoveryInstanceId;
  const before = await findVolumes(ec2, { ids: [...volumes.values()] });
  for (const [{ device }, id] of volumes) {
    if (before.find(({ volumeId }) => volumeId === id)?.attachment !== undefined) continue;
    request.signal.throwIfAborted();
    await attachVolume(ec2, id, { instanceId, device });
    request.progress.note(`${id} goes to ${instanceId} at ${device}`);
  }
  return await awaitAttached(scene, volumes);
}

async function awaitAttached(
  { ec2, options, request, everyMs }: RestoreScene,
  volumes: ReadonlyMap<WantedVolume, string>,
): Promise<ReadonlyMap<WantedVolume, RestoredVolume>> {
  let states = '';
  const attached = await poll(
    async () => {
      const found = await findVolumes(ec2, { ids: [...volumes.values()] });
      const there = new Map<WantedVolume, RestoredVolume>();
      for (const [wanted, id] of volumes) {
        const volume = found.find(({ volumeId }) => volumeId === id);
        if (volume?.attachment?.state === 'attached') there.set(wanted, volume);
      }
      states = [...volumes.values()].map((id) => `${id} ${attachmentOf(found, id)}`).join(', ');
      return there.size === volumes.size ? there : undefined;
    },
    { deadlineMs: options.readyMinutes * 60_000, intervalMs: everyMs, signal: request.signal },
  );
  if (attached !== undefined) return attached;
  throw new EbsRestoreError(
    `after ${options.readyMinutes} min the volumes are not attached to ${options.recoveryInstanceId}: ${states}`,
    { hint: 'see the instance in the console: is it stopping, or is the device name taken?' },
  );
}

/** The attachment in words, for people. */
export function attachmentOf(found: readonly RestoredVolume[], id: string): string {
  const volume = found.find(({ volumeId }) => volumeId === id);
  if (volume === undefined) return 'gone';
  return volume.attachment === undefined ? `detached (${volume.state})` : volume.attachment.state;
}
