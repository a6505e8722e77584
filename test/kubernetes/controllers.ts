import { z } from 'zod';
import { waitFor } from '../bed/wait.ts';
import type { Cluster } from './cluster.ts';

const SNAPSHOT = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const;
const VELERO = { group: 'velero.io', version: 'v1' } as const;

const seen = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string() }),
  spec: z.looseObject({}),
});
const list = z.object({ items: z.array(seen) });

/** The test in the part of the snapshot controller and of a CSI driver: it writes what they would write. */
export function snapshotController({ custom }: Cluster) {
  const place = { ...SNAPSHOT, namespace: 'msr', plural: 'volumesnapshots' };
  const setStatus = async (name: string, status: object) => {
    const object = seen.parse(await custom.getNamespacedCustomObject({ ...place, name }));
    await custom.replaceNamespacedCustomObjectStatus({ ...place, name, body: { ...object, status } });
  };
  return {
    list: async () => list.parse(await custom.listNamespacedCustomObject(place)).items,
    /** The request of a backup, as soon as it is there. */
    asked: () =>
      waitFor('a VolumeSnapshot to be asked for', async () => {
        return list.parse(await custom.listNamespacedCustomObject(place)).items[0];
      }),
    cut: (name: string) =>
      setStatus(name, { creationTime: new Date().toISOString(), readyToUse: false, restoreSize: '10Gi' }),
    fail: (name: string, message: string) =>
      setStatus(name, { readyToUse: false, error: { message, time: new Date().toISOString() } }),
    ready: async (name: string, deletionPolicy = 'Retain') => {
      const content = `snapcontent-${name}`;
      await custom.createClusterCustomObject({
        ...SNAPSHOT,
        plural: 'volumesnapshotcontents',
        body: {
          apiVersion: 'snapshot.storage.k8s.io/v1',
          kind: 'VolumeSnapshotContent',
          metadata: { name: content },
          spec: { driver: 'ebs.csi.aws.com', deletionPolicy },
        },
      });
      const of = { ...SNAPSHOT, plural: 'volumesnapshotcontents', name: content };
      const object = seen.parse(await custom.getClusterCustomObject(of));
      const status = { snapshotHandle: 'snap-0123456789', readyToUse: true };
      await custom.replaceClusterCustomObjectStatus({ ...of, body: { ...object, status } });
      await setStatus(name, {
        boundVolumeSnapshotContentName: content,
        creationTime: new Date().toISOString(),
        readyToUse: true,
        restoreSize: '10Gi',
      });
    },
  };
}

/** The test in the part of Velero's server. */
export function velero({ custom }: Cluster) {
  const place = { ...VELERO, namespace: 'velero' };
  const setStatus = async (plural: string, name: string, status: object) => {
    const object = seen.parse(await custom.getNamespacedCustomObject({ ...place, plural, name }));
    await custom.replaceNamespacedCustomObject({ ...place, plural, name, body: { ...object, status } });
  };
  const all = async (plural: string) =>
    list.parse(await custom.listNamespacedCustomObject({ ...place, plural })).items;
  return {
    asked: (plural: 'backups' | 'restores') =>
      waitFor(`one of ${plural} to be asked for`, async () => (await all(plural))[0]),
    deletions: () => all('deletebackuprequests'),
    phase: (plural: 'backups' | 'restores', name: string, phase: string, more: object = {}) =>
      setStatus(plural, name, { phase, ...more }),
  };
}
