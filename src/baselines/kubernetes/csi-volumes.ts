import type { CsiVolumes } from '../../manifest/volumes-schema.ts';
import type { RestoredVolumes, VolumeFinding, VolumeRestore, VolumesHandler } from '../volumes-handler.ts';
import { onRestoredClaim } from './await-server.ts';
import { damaged, UNREAD } from './findings.ts';
import type { KubeClient } from './kube-client.ts';
import {
  parseObject,
  SNAPSHOT_CONTENTS,
  snapshotContent,
  VOLUME_SNAPSHOTS,
  volumeSnapshot,
} from './objects.ts';
import type { CsiOptions, KubernetesOptions } from './options.ts';
import { restoreClaim } from './restore-claim.ts';
import { snapshotState } from './snapshot-state.ts';

/** Looks after VolumeSnapshots. */
export function csiVolumes(client: KubeClient, options: KubernetesOptions): VolumesHandler<'csi'> {
  const examine = (volumes: CsiVolumes) => examineSnapshot(client, volumes);
  if (options.mode !== 'csi') return { examine };
  return { examine, restore: (request) => restore(client, options, request) };
}

/** @throws KubernetesError where it cannot be told */
async function examineSnapshot(client: KubeClient, volumes: CsiVolumes): Promise<VolumeFinding> {
  const { namespace, snapshot: name, content, handle } = volumes;
  const answer = await client.read(VOLUME_SNAPSHOTS, { namespace, name });
  if (answer === undefined) return damaged('it is gone');
  const { state, complaint } = snapshotState(parseObject(volumeSnapshot, answer, name));
  if (state !== 'ready') return damaged(`it is not ready to use: ${complaint ?? state}`);
  const held = await client.readCluster(SNAPSHOT_CONTENTS, content);
  if (held === undefined) return damaged(`its content ${content} is gone`);
  const found = parseObject(snapshotContent, held, content).status?.snapshotHandle;
  if (found !== handle) return damaged(`it stands for ${found ?? 'nothing'}; the manifest says ${handle}`);
  return { outcome: 'intact', fact: `it is there and ready to use (${handle}); ${UNREAD}` };
}

async function restore(
  client: KubeClient,
  { restoreStorageClass: storageClass, recoveryService }: CsiOptions,
  request: VolumeRestore<CsiVolumes>,
): Promise<RestoredVolumes> {
  const { volumes, name } = request;
  await restoreClaim(client, { volumes, name, storageClass });
  return await onRestoredClaim(`the claim ${volumes.namespace}/${name}`, recoveryService, request);
}
