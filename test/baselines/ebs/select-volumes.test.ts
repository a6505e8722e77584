import { describe, expect, test } from 'vitest';
import {
  type InstanceFacts,
  judgeSnapshots,
  type SnapshotFacts,
  selectVolumes,
} from '../../../src/baselines/ebs/snapshot/select-volumes.ts';

const instance: InstanceFacts = {
  instanceId: 'i-0a1b2c3d4e5f60718',
  state: 'running',
  rootDevice: '/dev/xvda',
  volumes: [
    { volumeId: 'vol-00000001', device: '/dev/xvda' },
    { volumeId: 'vol-00000002', device: '/dev/sdf' },
    { volumeId: 'vol-00000003', device: '/dev/sdg' },
  ],
};
const all = { excludeBootVolume: false, excludeVolumeIds: [] };

describe('the volumes of a baseline', () => {
  test.each([
    ['all of them', all, ['vol-00000001', 'vol-00000002', 'vol-00000003']],
    ['without the boot volume', { ...all, excludeBootVolume: true }, ['vol-00000002', 'vol-00000003']],
    [
      'without one by its id',
      { ...all, excludeVolumeIds: ['vol-00000003'] },
      ['vol-00000001', 'vol-00000002'],
    ],
  ])('%s', (_, options, ids) => {
    expect(selectVolumes(instance, options).map(({ volumeId }) => volumeId)).toEqual(ids);
  });

  test.each([
    ['stopped', { ...instance, state: 'stopped' }, all, 'i-0a1b2c3d4e5f60718 is stopped'],
    [
      'an exclusion of a stranger',
      instance,
      { ...all, excludeVolumeIds: ['vol-0000000f'] },
      'is no volume of',
    ],
    [
      'nothing left',
      { ...instance, volumes: instance.volumes.slice(0, 1) },
      { ...all, excludeBootVolume: true },
      'no volume of i-0a1b2c3d4e5f60718 is left',
    ],
  ])('are refused: %s', (_, facts, options, text) => {
    expect(() => selectVolumes(facts, options)).toThrow(text);
  });
});

const snapshot = (
  snapshotId: string,
  state: string,
  progress?: string,
  stateMessage?: string,
): SnapshotFacts => ({
  ...{ snapshotId, state, progress, stateMessage },
});

describe('a set of snapshots', () => {
  test.each<[string, SnapshotFacts[], object]>([
    [
      'is complete when all are',
      [snapshot('a', 'completed'), snapshot('b', 'completed')],
      { kind: 'completed' },
    ],
    [
      'is as far as the slowest',
      [snapshot('a', 'pending', '80%'), snapshot('b', 'pending', '12%')],
      { kind: 'pending', percent: 12 },
    ],
    [
      'that says nothing of its progress stands at 0',
      [snapshot('a', 'completed'), snapshot('b', 'pending')],
      { kind: 'pending', percent: 0 },
    ],
    [
      'is worthless where one failed, with the reason',
      [snapshot('a', 'completed'), snapshot('b', 'error', '3%', 'the key is disabled')],
      { kind: 'failed', fact: 'b is in state error: the key is disabled' },
    ],
    ['is worthless where one is gone', [snapshot('a', 'completed')], { kind: 'failed', fact: 'b is gone' }],
  ])('%s', (_, found, state) => {
    expect(judgeSnapshots(['a', 'b'], found)).toEqual(state);
  });
});
