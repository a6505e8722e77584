import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  loadAllYaml,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import { waitFor } from '../bed/wait.ts';
import type { ApiServer } from './api-server.ts';

const ROLES = fileURLToPath(new URL('../../docs/kubernetes-role.yaml', import.meta.url));

/** What the test does in the cluster as its administrator, and as the controllers that it has not. */
export interface Cluster {
  readonly core: CoreV1Api;
  readonly custom: CustomObjectsApi;
  readonly rbac: RbacAuthorizationV1Api;
}

/** Namespaces, the CRDs of the snapshotter and of Velero, and the roles that the documentation gives. */
export async function furnish(server: ApiServer): Promise<Cluster> {
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig('admin'));
  const core = config.makeApiClient(CoreV1Api);
  for (const name of ['msr', 'velero']) await core.createNamespace({ body: { metadata: { name } } });
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const definition of DEFINITIONS) await objects.create(definition);
  for (const role of loadAllYaml(await readFile(ROLES, 'utf8'))) await objects.create(role);
  const custom = config.makeApiClient(CustomObjectsApi);
  for (const { spec } of DEFINITIONS) await served(custom, spec.group, spec.names.plural);
  return { core, custom, rbac: config.makeApiClient(RbacAuthorizationV1Api) };
}

/** A definition is served a moment after it is stored. */
async function served(custom: CustomObjectsApi, group: string, plural: string): Promise<void> {
  await waitFor(`${plural} to be served`, async () => {
    await custom.listCustomObjectForAllNamespaces({ group, version: 'v1', resourcePlural: plural });
    return true;
  });
}

/** A claim as the volume binder leaves it. */
export async function boundClaim(
  { core }: Cluster,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await core.createNamespacedPersistentVolumeClaim({
    namespace: 'msr',
    body: {
      metadata: { name, labels },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        resources: { requests: { storage: '8Gi' } },
      },
    },
  });
  const namespace = 'msr';
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
  await core.replaceNamespacedPersistentVolumeClaimStatus({
    ...{ namespace, name },
    body: { ...claim, status: { phase: 'Bound', capacity: { storage: '10Gi' } } },
  });
}

const SNAPSHOTS = 'snapshot.storage.k8s.io';

/**
 * Minimal definitions, of the shapes that v1 of both APIs has: https://kubernetes.io, https://velero.io/docs.
 */
const DEFINITIONS = [
  definition(SNAPSHOTS, { kind: 'VolumeSnapshot', plural: 'volumesnapshots' }, 'Namespaced'),
  definition(SNAPSHOTS, { kind: 'VolumeSnapshotContent', plural: 'volumesnapshotcontents' }, 'Cluster'),
  definition(SNAPSHOTS, { kind: 'VolumeSnapshotClass', plural: 'volumesnapshotclasses' }, 'Cluster'),
  definition('velero.io', { kind: 'Backup', plural: 'backups' }, 'Namespaced'),
  definition('velero.io', { kind: 'Restore', plural: 'restores' }, 'Namespaced'),
  definition('velero.io', { kind: 'DeleteBackupRequest', plural: 'deletebackuprequests' }, 'Namespaced'),
] as const;

function definition(group: string, names: { kind: string; plural: string }, scope: string) {
  // The client writes it as x-kubernetes-preserve-unknown-fields, and drops what it knows by no name.
  const open = { type: 'object', x_kubernetes_preserve_unknown_fields: true };
  const approved = {
    'api-approved.kubernetes.io': 'https://github.com/kubernetes-csi/external-snapshotter/pull/814',
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // The API server refuses groups of k8s.io that nobody has approved.
    metadata: { name: `${names.plural}.${group}`, annotations: group === SNAPSHOTS ? approved : {} },
    spec: {
      group,
      names,
      scope,
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { ...open, properties: { spec: open, status: open } } },
          // The status of Velero's kinds is an ordinary field.
          ...(group === SNAPSHOTS ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  };
}
