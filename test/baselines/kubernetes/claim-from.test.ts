import { describe, expect, it } from 'vitest';
import { largestQuantity, quantityBytes } from '../../../src/baselines/kubernetes/quantity.ts';
import { claimFrom } from '../../../src/baselines/kubernetes/restore-claim.ts';
import type { CsiVolumes } from '../../../src/manifest/volumes-schema.ts';

describe('a quantity of storage', () => {
  it.each([
    ['10Gi', 10 * 2 ** 30],
    ['1.5T', 1.5e12],
    ['2e9', 2e9],
    ['500M', 5e8],
    ['0', 0],
    ['100m', undefined],
    ['ten', undefined],
    ['', undefined],
  ])('%s', (quantity, bytes) => {
    expect(quantityBytes(quantity)).toBe(bytes);
  });

  it('is compared by what it means', () => {
    expect(largestQuantity(['9Gi', '10G', undefined, 'x'])).toBe('10G');
    expect(largestQuantity([undefined])).toBeUndefined();
  });
});

describe('the claim of a restore', () => {
  const volumes: CsiVolumes = {
    ...{ kind: 'csi', server: 'https://k', namespace: 'msr', claim: 'data-0', snapshot: 'msr-1' },
    ...{ content: 'c', handle: 'h', driver: 'd', deletionPolicy: 'Retain', restoreSize: '10Gi', cutAt: 't' },
  };
  const live = {
    spec: {
      accessModes: ['ReadWriteOncePod'],
      storageClassName: 'fast',
      resources: { requests: { storage: '8Gi' } },
    },
    status: { capacity: { storage: '20Gi' } },
  };

  it('is as large as the live volume has grown to be, and of its class', () => {
    expect(claimFrom(live, { volumes, name: 'restored' }).spec).toEqual({
      accessModes: ['ReadWriteOncePod'],
      storageClassName: 'fast',
      resources: { requests: { storage: '20Gi' } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'msr-1' },
    });
  });

  it('is made without the live one, too', () => {
    expect(claimFrom(undefined, { volumes, name: 'restored', storageClass: 'slow' }).spec).toMatchObject({
      storageClassName: 'slow',
      resources: { requests: { storage: '10Gi' } },
    });
  });

  it('is refused where nothing says how large it is', () => {
    const unknown = { ...volumes, restoreSize: '0' };
    expect(() => claimFrom(undefined, { volumes: unknown, name: 'restored' })).toThrow('how large it is');
  });
});
