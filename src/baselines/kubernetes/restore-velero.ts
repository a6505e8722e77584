import { z } from 'zod';
import { OperatorError } from '../../core/operator-error.ts';
import type { VeleroVolumes } from '../../manifest/volumes-schema.ts';
import { awaitSnapshot, VolumeSnapshotError } from './await-snapshot.ts';
import type { KubeClient } from './kube-client.ts';
import { parseObject, VELERO_BACKUPS, VELERO_RESTORES, veleroBackup } from './objects.ts';
import { veleroState } from './snapshot-state.ts';

const HINT = 'see `velero restore describe --details` and `velero restore logs`';

export interface VeleroRestoreRequest {
  readonly volumes: VeleroVolumes;
  /** The Restore resource's name; another call with it waits for the same restore. */
  readonly name: string;
  /** Where the claim is made; never that of the live one. */
  readonly namespace: string;
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** @default 2000 */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

const restore = z.object({ spec: z.object({ backupName: z.string() }) });

/**
 * Has Velero bring the claim back under its own name in another namespace, and waits until it is complete.
 * @throws VolumeSnapshotError with Velero's phase, KubernetesError
 */
export async function restoreVelero(client: KubeClient, request: VeleroRestoreRequest): Promise<void> {
  const { volumes, name, deadlineMs, everyMs = 2000, signal } = request;
  if (request.namespace === volumes.claimNamespace) {
    throw new OperatorError(`the restore would go to ${request.namespace}, where the live claim is`, {
      hint: 'give another namespace as restoreNamespace',
    });
  }
  const place = { namespace: volumes.namespace, name };
  const what = `the Velero restore ${place.namespace}/${name}`;
  const existing = await client.read(VELERO_RESTORES, place);
  if (existing === undefined) await begin(client, request);
  else refuseForeign(parseObject(restore, existing, what).spec.backupName, what, volumes);
  await awaitSnapshot({
    ...{ what, until: 'ready', deadlineMs, everyMs, signal, hint: HINT },
    look: async () => {
      const object = parseObject(veleroBackup, await client.read(VELERO_RESTORES, place), what);
      return { object, seen: veleroState(object) };
    },
  });
}

async function begin(client: KubeClient, { volumes, name, namespace }: VeleroRestoreRequest): Promise<void> {
  const backup = { namespace: volumes.namespace, name: volumes.backup };
  if ((await client.read(VELERO_BACKUPS, backup)) === undefined) {
    throw new VolumeSnapshotError(`the Velero backup ${backup.namespace}/${backup.name} is gone`, {
      hint: `it was kept until ${volumes.expiresAt ?? 'Velero deleted it'}; restore from another backup`,
    });
  }
  await client.create(VELERO_RESTORES, volumes.namespace, {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'msr-recovery' } },
    spec: {
      backupName: volumes.backup,
      includedNamespaces: [volumes.claimNamespace],
      includedResources: ['persistentvolumeclaims', 'persistentvolumes'],
      namespaceMapping: { [volumes.claimNamespace]: namespace },
      restorePVs: true,
      // What is there already is somebody's: left alone.
      existingResourcePolicy: 'none',
    },
  });
}

function refuseForeign(backupName: string, what: string, { backup }: VeleroVolumes): void {
  if (backupName === backup) return;
  throw new OperatorError(`${what} exists, and restores ${backupName}, not ${backup}`, {
    hint: 'delete it if it is not needed, then run the restore again',
  });
}
