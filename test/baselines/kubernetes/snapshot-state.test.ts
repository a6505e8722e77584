import { describe, expect, it } from 'vitest';
import { awaitSnapshot } from '../../../src/baselines/kubernetes/await-snapshot.ts';
import {
  policyRemark,
  type SnapshotState,
  snapshotState,
  veleroState,
} from '../../../src/baselines/kubernetes/snapshot-state.ts';

const metadata = { name: 'msr-1' };

describe('the state of a VolumeSnapshot', () => {
  const creationTime = '2026-11-23T04:15:02Z';
  it.each([
    ['without a status', undefined, { state: 'pending' }],
    ['that is bound alone', { boundVolumeSnapshotContentName: 'c' }, { state: 'pending' }],
    ['that says it is ready, and not of when', { readyToUse: true }, { state: 'pending' }],
    ['that is cut', { creationTime, readyToUse: false }, { state: 'cut' }],
    ['that is ready', { creationTime, readyToUse: true }, { state: 'ready' }],
    [
      'with an error before the cut',
      { error: { message: 'quota exceeded' } },
      { state: 'pending', complaint: 'quota exceeded' },
    ],
    ['with an error after it', { creationTime, error: {} }, { state: 'cut', complaint: 'no message' }],
    [
      'that is ready in spite of an old error',
      { creationTime, readyToUse: true, error: { message: 'the object has been modified' } },
      { state: 'ready' },
    ],
  ])('%s', (_case, status, expected) => {
    expect(snapshotState({ metadata, status })).toEqual(expected);
  });
});

describe('the state of a Velero backup', () => {
  it.each<[string | undefined, SnapshotState['state']]>([
    [undefined, 'pending'],
    ['New', 'pending'],
    ['InProgress', 'pending'],
    ['WaitingForPluginOperations', 'cut'],
    ['Finalizing', 'cut'],
    ['Completed', 'ready'],
    ['PartiallyFailed', 'failed'],
    ['WaitingForPluginOperationsPartiallyFailed', 'failed'],
    ['FinalizingPartiallyFailed', 'failed'],
    ['Failed', 'failed'],
    ['FailedValidation', 'failed'],
    ['Deleting', 'failed'],
    ['SomethingNew', 'failed'],
  ])('in the phase %s', (phase, state) => {
    expect(veleroState({ metadata, spec: {}, status: { phase } }).state).toBe(state);
  });

  it('tells why it failed', () => {
    const status = { phase: 'FailedValidation', validationErrors: ['no such location'], errors: 2 };
    expect(veleroState({ metadata, spec: {}, status }).complaint).toBe(
      'phase FailedValidation; no such location; 2 errors',
    );
  });
});

describe('waiting for a snapshot', () => {
  const waiting = (seen: SnapshotState[], until: 'cut' | 'ready' = 'cut') => {
    let looks = 0;
    return awaitSnapshot({
      what: 'the VolumeSnapshot msr/a',
      look: async () => {
        const state = seen[Math.min(looks, seen.length - 1)] ?? { state: 'pending' };
        looks += 1;
        return { object: looks, seen: state };
      },
      until,
      deadlineMs: 60,
      everyMs: 1,
      signal: new AbortController().signal,
      hint: 'look there',
    });
  };

  it('ends at the cut, passing over a complaint that passes', async () => {
    expect(await waiting([{ state: 'pending', complaint: 'conflict' }, { state: 'cut' }])).toBe(2);
  });

  it('takes one that is ready at once for cut', async () => {
    expect(await waiting([{ state: 'ready' }])).toBe(1);
  });

  it('names the last complaint when the time is up', async () => {
    await expect(waiting([{ state: 'pending', complaint: 'quota exceeded' }])).rejects.toThrow(
      'the VolumeSnapshot msr/a was not cut within 0 s; the cluster says: quota exceeded',
    );
    await expect(waiting([{ state: 'cut' }], 'ready')).rejects.toThrow(
      'was not ready within 0 s; the cluster says nothing of it',
    );
  });

  it('ends at once with what is final', async () => {
    await expect(waiting([{ state: 'failed', complaint: 'phase Failed' }])).rejects.toThrow(
      'the VolumeSnapshot msr/a failed: phase Failed',
    );
  });
});

describe('a deletion policy', () => {
  it('is remarked where it endangers the baseline', () => {
    expect(policyRemark('Delete', 'msr-1')).toContain('the deletion policy of msr-1 is Delete');
    expect(policyRemark('Retain', 'msr-1')).toBeUndefined();
  });
});
