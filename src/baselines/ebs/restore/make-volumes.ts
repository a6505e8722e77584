import { messageOf } from '../../../core/operator-error.ts';
import { poll } from '../../../core/poll.ts';
import { createVolume, deleteVolumes, findVolumes } from './ec2-volumes.ts';
import type { PreparedRestore } from './prepare-restore.ts';
import { EbsRestoreError } from './restore-error.ts';
import type { RestoreScene } from './restore-scene.ts';
import type { RestoredVolume, WantedVolume } from './volume-plan.ts';

/**
 * Makes the volumes that are missing, anew those in error, and waits until all can be attached.
 * @returns the volume of each snapshot
 * @throws EbsRestoreError; what this run made is removed then, and what stays behind is named
 */
export async function makeVolumes(
  scene: RestoreScene,
  prepared: PreparedRestore,
): Promise<ReadonlyMap<WantedVolume, string>> {
  const { plan, wanted, tags } = prepared;
  const { ec2, request, options } = scene;
  const { zone } = prepared.instance;
  if (plan.broken.length > 0) {
    const ids = plan.broken.map(({ volumeId }) => volumeId);
    request.progress.note(`removing ${ids.join(', ')}, in state error`);
    refuseLeft(await deleteVolumes(ec2, ids));
  }
  const ids = new Map([...plan.existing].map(([each, { volumeId }]) => [each, volumeId]));
  const made: string[] = [];
  try {
    for (const each of plan.missing) {
      request.signal.throwIfAborted();
      const id = await createVolume(ec2, each, { zone, tags, options });
      request.progress.note(`made ${id} from ${each.snapshotId} in ${zone}`);
      made.push(id);
      ids.set(each, id);
    }
    await awaitAttachable(
      scene,
      wanted.flatMap((each) => ids.get(each) ?? []),
    );
    return ids;
  } catch (error) {
    const left = await deleteVolumes(ec2, made);
    if (left.length === 0) throw error;
    throw new EbsRestoreError(`${messageOf(error)}; volumes of the restore stay behind: ${left.join(', ')}`, {
      hint: 'run it again, or delete them',
      cause: error,
    });
  }
}

function refuseLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  throw new EbsRestoreError(`volumes in state error cannot be removed: ${left.join(', ')}`, {
    hint: 'delete them in the console, and run it again',
  });
}

async function awaitAttachable(
  { ec2, options, request, everyMs }: RestoreScene,
  ids: readonly string[],
): Promise<void> {
  const deadlineMs = options.readyMinutes * 60_000;
  let states = '';
  const ready = await poll(
    async () => {
      const found = await findVolumes(ec2, { ids });
      states = ids.map((id) => `${id} ${stateOf(found, id)}`).join(', ');
      refuseBroken(found);
      const waiting = ids.filter((id) => !['available', 'in-use'].includes(stateOf(found, id)));
      const done = ids.length - waiting.length;
      request.progress.update({ activity: 'volumes', done, total: ids.length, unit: 'steps' });
      return waiting.length === 0 ? true : undefined;
    },
    { deadlineMs, intervalMs: everyMs, signal: request.signal },
  );
  if (ready) return;
  throw new EbsRestoreError(`after ${options.readyMinutes} min EC2 has not made the volumes: ${states}`, {
    hint: 'raise restore.readyMinutes, or see the status page of EC2',
  });
}

function stateOf(found: readonly RestoredVolume[], id: string): string {
  // A volume that was made this very moment need not be listed yet.
  return found.find(({ volumeId }) => volumeId === id)?.state ?? 'not listed';
}

function refuseBroken(found: readonly RestoredVolume[]): void {
  const broken = found.find(({ state }) => state === 'error');
  if (broken === undefined) return;
  throw new EbsRestoreError(`the volume ${broken.volumeId} of ${broken.snapshotId} came out in state error`, {
    hint: 'where the snapshot is encrypted, may the role use its key (kms:CreateGrant, kms:Decrypt), and is it enabled?',
  });
}
