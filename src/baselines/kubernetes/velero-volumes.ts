import type { VeleroVolumes } from '../../manifest/volumes-schema.ts';
import type { RestoredVolumes, VolumeFinding, VolumeRestore, VolumesHandler } from '../volumes-handler.ts';
import { onRestoredClaim } from './await-server.ts';
import { damaged, UNREAD } from './findings.ts';
import type { KubeClient } from './kube-client.ts';
import { parseObject, VELERO_BACKUPS, veleroBackup } from './objects.ts';
import { claimOf, type KubernetesOptions, type VeleroOptions } from './options.ts';
import { restoreVelero } from './restore-velero.ts';
import { veleroState } from './snapshot-state.ts';

/** Looks after backups of Velero. */
export function veleroVolumes(client: KubeClient, options: KubernetesOptions): VolumesHandler<'velero'> {
  const examine = (volumes: VeleroVolumes) => examineBackup(client, volumes);
  if (options.mode !== 'velero') return { examine };
  return { examine, restore: (request) => restore(client, options, request) };
}

/** @throws KubernetesError where it cannot be told */
async function examineBackup(client: KubeClient, volumes: VeleroVolumes): Promise<VolumeFinding> {
  const place = { namespace: volumes.namespace, name: volumes.backup };
  const answer = await client.read(VELERO_BACKUPS, place);
  if (answer === undefined) return damaged('it is gone');
  const { state, complaint } = veleroState(parseObject(veleroBackup, answer, volumes.backup));
  if (state !== 'ready') return damaged(`it is not complete: ${complaint ?? state}`);
  return { outcome: 'intact', fact: `it is there and complete; ${UNREAD}` };
}

async function restore(
  client: KubeClient,
  options: VeleroOptions,
  request: VolumeRestore<VeleroVolumes>,
): Promise<RestoredVolumes> {
  const { volumes, name, signal } = request;
  const { restoreNamespace: namespace, readyMinutes, recoveryService } = options;
  await restoreVelero(client, { volumes, name, namespace, deadlineMs: readyMinutes * 60_000, signal });
  return await onRestoredClaim(`the claim ${namespace}/${claimOf(options)}`, recoveryService, request);
}
