import type { EC2Client } from '@aws-sdk/client-ec2';
import { hostAndPort, onServerOf } from '../../../clients/postgres-url.ts';
import { poll } from '../../../core/poll.ts';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { VolumeDiscard } from '../../volumes-handler.ts';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { attachmentOf } from './attach-volumes.ts';
import { deleteVolumes, detachVolume, findVolumes } from './ec2-volumes.ts';
import { mayRunOn, somethingAnswers } from './recovery-server.ts';
import { EbsRestoreError } from './restore-error.ts';
import { type RestoreScene, restoreScene } from './restore-scene.ts';
import type { RestoredVolume } from './volume-plan.ts';

/**
 * Detaches and deletes the volumes that a restore of this name made. The database may be live on them by now.
 * Nothing is done where a live copy has no attached volumes of its own. Nor is it while they are attached and
 * a server answers that may run on them.
 * @returns their ids
 * @throws EbsRestoreError naming what answers, or what stays behind
 */
export async function discardEbs(
  options: EbsOptions,
  request: VolumeDiscard<EbsVolumes>,
  everyMs?: number,
): Promise<readonly string[]> {
  const { volumes, name, progress } = request;
  const scene = restoreScene(options, request, everyMs);
  const { ec2 } = scene;
  const found = await findVolumes(ec2, { tags: { [SnapshotTag.restore]: name } });
  const { snapshots, copies } = volumes;
  const own = [...snapshots.map(({ snapshotId }) => snapshotId), ...(copies?.snapshotIds ?? [])];
  refuseForeign(found, own, name);
  await refuseLiveCopies(ec2, found, request);
  await refuseServing(found, request);
  const attached = found.filter(({ attachment }) => attachment !== undefined);
  for (const volume of attached) {
    request.signal.throwIfAborted();
    await detachVolume(ec2, volume);
    progress.note(`${volume.volumeId} is being detached from ${volume.attachment?.instanceId}`);
  }
  const ids = found.map(({ volumeId }) => volumeId);
  await awaitDetached(scene, ids);
  const left = await deleteVolumes(ec2, ids);
  if (left.length === 0) return ids;
  throw new EbsRestoreError(`volumes of the restore ${name} stay behind: ${left.join(', ')}`, {
    hint: 'run it again, or delete them in the console',
  });
}

function refuseForeign(found: readonly RestoredVolume[], own: readonly string[], name: string): void {
  const foreign = found.find(({ snapshotId }) => !own.includes(snapshotId));
  if (foreign === undefined) return;
  throw new EbsRestoreError(
    `the volume ${foreign.volumeId} of the restore ${name} was made from ${foreign.snapshotId || 'no snapshot'}, which is none of this backup`,
    { hint: 'give the id of the backup that was restored under this name' },
  );
}

/** A recovery that met a server at its target took it, by whatever name its volumes had been made. */
async function refuseLiveCopies(
  ec2: EC2Client,
  found: readonly RestoredVolume[],
  { name, liveCopies }: VolumeDiscard,
): Promise<void> {
  for (const copy of liveCopies) {
    const candidates = found.filter(({ createdAt }) => createdAt < copy.endedAt);
    if (candidates.length === 0) continue;
    const its = await findVolumes(ec2, { tags: { [SnapshotTag.restore]: copy.name } });
    if (its.some(({ attachment }) => attachment !== undefined)) continue;
    const ids = candidates.map(({ volumeId }) => volumeId).join(', ');
    throw new EbsRestoreError(
      `the recovery ${copy.recoveryId} made a copy of this backup the live database, and has no attached volumes of its own: it may run on ${ids} of the restore ${name}; nothing was removed`,
      {
        hint: `\`msr recover --undo ${copy.recoveryId}\` leads back; where nobody needs them, detach and delete the volumes in the console`,
      },
    );
  }
}

/** A redirect makes the restored server the live one. */
async function refuseServing(
  found: readonly RestoredVolume[],
  { targetUrl, databaseUrl, sinkServers }: VolumeDiscard,
): Promise<void> {
  const attached = found.filter(({ attachment }) => attachment !== undefined);
  if (attached.length === 0) return;
  const madeAt = new Date(Math.min(...attached.map(({ createdAt }) => createdAt.getTime())));
  const serving = await servingOf({ targetUrl, databaseUrl, sinkServers }, madeAt);
  if (serving === undefined) return;
  const ids = attached.map(({ volumeId }) => volumeId).join(', ');
  throw new EbsRestoreError(
    `a server answers at ${hostAndPort(serving)}, and may run on ${ids}: nothing was removed`,
    {
      hint: 'if nobody needs it, stop PostgreSQL on the recovery instance, unmount the volumes, and run this again; detached volumes are removed whatever answers',
    },
  );
}

/**
 * Every place that may be the restored server's is asked: the environment may name the old server alone by
 * now. A place of the live database can be it only where the server has started since the volumes were made.
 * @returns the URL of the one that answers
 */
async function servingOf(
  { targetUrl, databaseUrl, sinkServers }: Pick<VolumeDiscard, 'targetUrl' | 'databaseUrl' | 'sinkServers'>,
  madeAt: Date,
): Promise<string | undefined> {
  if (await somethingAnswers({ targetUrl, madeAt })) return targetUrl;
  const known = [targetUrl, databaseUrl].map(hostAndPort);
  const fed = sinkServers.filter((host) => !known.includes(host)).map((host) => onServerOf(targetUrl, host));
  for (const url of [databaseUrl, ...fed]) if (await mayRunOn({ targetUrl: url, madeAt })) return url;
  return undefined;
}

async function awaitDetached(
  { ec2, options, request, everyMs }: RestoreScene,
  ids: readonly string[],
): Promise<void> {
  let states = '';
  const detached = await poll(
    async () => {
      const found = await findVolumes(ec2, { ids });
      states = found.map(({ volumeId }) => `${volumeId} ${attachmentOf(found, volumeId)}`).join(', ');
      return found.every(({ attachment }) => attachment === undefined) ? true : undefined;
    },
    { deadlineMs: options.readyMinutes * 60_000, intervalMs: everyMs, signal: request.signal },
  );
  if (detached) return;
  throw new EbsRestoreError(`after ${options.readyMinutes} min the volumes are not detached: ${states}`, {
    hint: 'unmount them on the instance, or stop it, and run this again',
  });
}
