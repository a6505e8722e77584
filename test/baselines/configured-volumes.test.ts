import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { volumeExaminer } from '../../src/baselines/configured-volumes.ts';
import { judge, verifyArtifacts } from '../../src/baselines/verify-backup.ts';
import type { VolumeFinding } from '../../src/baselines/volumes-handler.ts';
import { describeManifest, describeVerification } from '../../src/cli/backup-views.ts';
import { silentProgress } from '../../src/core/progress.ts';
import type { Volumes } from '../../src/manifest/volumes-schema.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { type StandIn, startStandIn } from './timescale-cloud/stand-in.ts';

const moment = (forkableUntil: string): Volumes => ({
  kind: 'timescale-cloud',
  ...{ projectId: 'project1', serviceId: 'source1', region: 'eu-central-1' },
  ...{ forkTime: '2026-11-23T04:15:03.000Z', forkableUntil },
});
const LONG = '2999-01-01T00:00:00.000Z';

const verify = (examineVolumes?: (volumes: Volumes) => Promise<VolumeFinding>) =>
  verifyArtifacts(
    temporaryVault().vault,
    { id: 'b', artifacts: [], volumes: [moment(LONG)] },
    {
      ...(examineVolumes === undefined ? {} : { examineVolumes }),
      readDump: async () => {},
      progress: silentProgress,
      signal: new AbortController().signal,
    },
  );

describe('the verification of a backup of volumes alone', () => {
  it('is never green where nobody looked', async () => {
    await expect(verify()).rejects.toMatchObject({ name: 'BackupUnverifiedError', exitCode: 2 });
    await expect(
      verify(async () => {
        throw new Error('no answer');
      }),
    ).rejects.toMatchObject({ name: 'BackupUnverifiedError' });
  });

  it.each([
    ['intact', 'verified'],
    ['damaged', 'damaged'],
    ['expired', 'damaged'],
  ] as const)('that is found %s says %s', async (outcome, verdict) => {
    const report = await verify(async () => ({ outcome, fact: 'as found' }));
    expect(report).toMatchObject({
      verdict,
      artifacts: [{ path: 'service source1 at 2026-11-23T04:15:03.000Z', fact: 'as found' }],
    });
    expect(describeVerification(report)).toContain('service source1 at 2026-11-23T04:15:03.000Z');
  });
});

describe('the verification of volumes beside a dump', () => {
  const artifact = { path: 'backups/b/database.txt', bytes: 4, sha256: 'a'.repeat(64) };
  const intact = [{ path: artifact.path, found: { bytes: 4, sha256: artifact.sha256 } }];
  const backup = { id: 'b', artifacts: [artifact], volumes: [moment(LONG)] };

  it.each([
    ['intact', 'verified'],
    ['expired', 'verified'],
    ['unseen', 'verified'],
    ['damaged', 'damaged'],
  ] as const)('that are %s says %s', (outcome, verdict) => {
    expect(judge(backup, intact, [{ outcome, fact: 'as found' }]).verdict).toBe(verdict);
  });

  it('that nobody spoke of is not green', () => {
    expect(judge(backup, intact).verdict).toBe('damaged');
  });
});

describe('looking after the volumes of Timescale Cloud', () => {
  let cloud: StandIn;
  beforeEach(async () => {
    cloud = await startStandIn();
  });
  afterEach(() => cloud.stop());
  const examine = (volumes: Volumes) =>
    volumeExaminer({ name: 'timescale-cloud', options: cloud.options })(volumes);

  it('finds the service, and says what is not proven', async () => {
    expect(await examine(moment(LONG))).toEqual({
      outcome: 'intact',
      fact: `the service is READY; by its plan it holds the moment until ${LONG}; only a fork proves it`,
    });
  });

  it('finds that the moment has expired, or the service gone', async () => {
    expect(await examine(moment('2026-01-01T00:00:00.000Z'))).toMatchObject({ outcome: 'expired' });
    cloud.services.length = 0;
    expect(await examine(moment(LONG))).toMatchObject({ outcome: 'damaged' });
  });

  it('is not done by another strategy', async () => {
    await expect(volumeExaminer({ name: 'dump', options: {} })(moment(LONG))).rejects.toThrow(
      'the strategy dump cannot look after service source1 at',
    );
  });
});

describe('the manifest of a backup of volumes', () => {
  it('shows where they are', () => {
    const text = describeManifest(sampleManifest({ artifacts: [], volumes: [moment(LONG)] }));
    expect(text).toContain('OUTSIDE THE VAULT');
    expect(text).toContain(`project project1, eu-central-1, to be forked until ${LONG}`);
    expect(text).not.toContain('SHA-256');
  });
});
