import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { OperatorError } from '../../core/operator-error.ts';
import type { CsiVolumes } from '../../manifest/volumes-schema.ts';
import { VolumeSnapshotError } from './await-snapshot.ts';
import type { KubeClient } from './kube-client.ts';
import {
  parseObject,
  SNAPSHOT_CONTENTS,
  snapshotContent,
  VOLUME_SNAPSHOTS,
  volumeSnapshot,
} from './objects.ts';
import { largestQuantity } from './quantity.ts';
import { snapshotState } from './snapshot-state.ts';

export interface RestoreClaimRequest {
  readonly volumes: CsiVolumes;
  /**
   * The new claim's name, in the namespace of the snapshot: a snapshot is no source for another namespace.
   */
  readonly name: string;
  /** @default the class of the database's claim */
  readonly storageClass?: string | undefined;
}

/**
 * Makes a claim from the snapshot, beside that of the database, which is only read. It is bound
 * when a pod uses it, where the class waits for its first consumer; so it is not waited for. Made
 * once: another call finds it.
 * @throws VolumeSnapshotError where the snapshot is gone, not ready, or not the manifest's; KubernetesError
 */
export async function restoreClaim(client: KubeClient, request: RestoreClaimRequest): Promise<void> {
  const { volumes, name } = request;
  const { namespace } = volumes;
  const existing = await client.readClaim({ namespace, name });
  if (existing !== undefined) return refuseForeign(existing, request);
  await checkSnapshot(client, volumes);
  const live = await client.readClaim({ namespace, name: volumes.claim });
  await client.createClaim(namespace, claimFrom(live, request));
}

function refuseForeign(claim: V1PersistentVolumeClaim, { volumes, name }: RestoreClaimRequest): void {
  const source = claim.spec?.dataSource;
  if (source?.kind === 'VolumeSnapshot' && source.name === volumes.snapshot) return;
  throw new OperatorError(
    `the claim ${volumes.namespace}/${name} exists, and is not made from ${volumes.snapshot}`,
    {
      hint: 'delete it if nothing on it is needed, then run the restore again',
    },
  );
}

async function checkSnapshot(client: KubeClient, volumes: CsiVolumes): Promise<void> {
  const { namespace, snapshot: name, content, handle } = volumes;
  const what = `the VolumeSnapshot ${namespace}/${name}`;
  const answer = await client.read(VOLUME_SNAPSHOTS, { namespace, name });
  if (answer === undefined) throw goneError(what, volumes);
  const seen = snapshotState(parseObject(volumeSnapshot, answer, what));
  if (seen.state !== 'ready') {
    throw new VolumeSnapshotError(`${what} is ${seen.state}, not ready: ${seen.complaint ?? 'no message'}`, {
      hint: 'see `kubectl describe volumesnapshot`, or restore from another backup',
    });
  }
  const held = parseObject(snapshotContent, await client.readCluster(SNAPSHOT_CONTENTS, content), content);
  if (held.status?.snapshotHandle === handle) return;
  throw new VolumeSnapshotError(
    `${what} stands for ${held.status?.snapshotHandle ?? 'nothing'}, and the manifest says ${handle}`,
    { hint: 'somebody made it anew: restore from another backup' },
  );
}

function goneError(what: string, { content, driver, handle }: CsiVolumes): VolumeSnapshotError {
  return new VolumeSnapshotError(`${what} is gone`, {
    hint: `if the storage system still has ${handle}, make a VolumeSnapshotContent for it (driver ${driver}, or bind the retained ${content}) and a VolumeSnapshot of the same name`,
  });
}

/** A claim at least as large as the snapshot wants it, and as the database's volume is by now. */
export function claimFrom(
  live: V1PersistentVolumeClaim | undefined,
  { volumes, name, storageClass }: RestoreClaimRequest,
): V1PersistentVolumeClaim {
  const { requests } = live?.spec?.resources ?? {};
  const sizes = [volumes.restoreSize, requests?.['storage'], live?.status?.capacity?.['storage']];
  const storage = largestQuantity(sizes);
  const storageClassName = storageClass ?? live?.spec?.storageClassName;
  if (storage === undefined || quantityIsZero(storage)) {
    throw new OperatorError(`neither the snapshot nor the claim ${volumes.claim} says how large it is`, {
      hint: 'make the claim yourself, with the VolumeSnapshot as its dataSource',
    });
  }
  return {
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'msr-recovery' } },
    spec: {
      accessModes: live?.spec?.accessModes ?? ['ReadWriteOnce'],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: volumes.snapshot },
    },
  };
}

/** The CSI specification's 0: the driver does not know. */
function quantityIsZero(quantity: string): boolean {
  return Number.parseFloat(quantity) === 0;
}
