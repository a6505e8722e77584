import type { CsiVolumes, VeleroVolumes, Volumes } from '../../manifest/volumes-schema.ts';
import type { VolumeFinding } from '../strategy.ts';
import type { KubeClient } from './kube-client.ts';
import {
  parseObject,
  SNAPSHOT_CONTENTS,
  snapshotContent,
  VELERO_BACKUPS,
  VOLUME_SNAPSHOTS,
  veleroBackup,
  volumeSnapshot,
} from './objects.ts';
import { snapshotState, veleroState } from './snapshot-state.ts';

/** Nobody can read a snapshot without a volume made from it. */
const UNREAD = 'what it holds only a restore (a drill) proves';

/**
 * Whether the cluster still has what the manifest names.
 * @throws KubernetesError where that cannot be told
 */
export async function examineSnapshot(
  client: KubeClient,
  volumes: Volumes,
): Promise<VolumeFinding | undefined> {
  if (volumes.kind === 'csi') return await examineCsi(client, volumes);
  if (volumes.kind === 'velero') return await examineVelero(client, volumes);
  return undefined;
}

async function examineCsi(client: KubeClient, volumes: CsiVolumes): Promise<VolumeFinding> {
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

async function examineVelero(client: KubeClient, volumes: VeleroVolumes): Promise<VolumeFinding> {
  const place = { namespace: volumes.namespace, name: volumes.backup };
  const answer = await client.read(VELERO_BACKUPS, place);
  if (answer === undefined) return damaged('it is gone');
  const { state, complaint } = veleroState(parseObject(veleroBackup, answer, volumes.backup));
  if (state !== 'ready') return damaged(`it is not complete: ${complaint ?? state}`);
  return { outcome: 'intact', fact: `it is there and complete; ${UNREAD}` };
}

function damaged(fact: string): VolumeFinding {
  return { outcome: 'damaged', fact };
}
