import { describe, expect, it } from 'vitest';
import { estimateDump } from '../../../src/baselines/dump/dump-estimate.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';

describe('what the next dump will take', () => {
  it("is a share of the database's size where there is no earlier one", () => {
    expect(estimateDump(undefined, 1_000_000_000)).toEqual({
      bytes: 300_000_000,
      seconds: 50,
      lastBytes: undefined,
    });
  });

  it('is what the last one took, and half as much again', () => {
    const last = sampleManifest({ durations: { dumpSeconds: 60, digestSeconds: 100, verifySeconds: 9 } });
    expect(estimateDump(last, 1_000_000_000)).toEqual({ bytes: 6, seconds: 150, lastBytes: 4 });
  });
});
