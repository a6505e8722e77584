import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../lambdas/backup/await-baseline.lambda.ts';
import { awaitBaseline, secondsToNextLook } from '../../../src/backup/pending/await-baseline.ts';
import { writePending } from '../../../src/backup/pending/pending-backup.ts';
import { ebsVolumes } from '../../../src/baselines/ebs/ebs-volumes.ts';
import { ebsOptions } from '../../../src/baselines/ebs/options.ts';
import type { VolumesHandler } from '../../../src/baselines/volumes-handler.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { findBackup } from '../../../src/manifest/catalogue.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { acquireLock } from '../../../src/vault/lock.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { SAMPLE_EBS_VOLUMES, SAMPLE_ID, sampleManifest } from '../../manifest/sample-manifest.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

const draft = sampleManifest({ strategy: 'ebs', artifacts: [], volumes: [SAMPLE_EBS_VOLUMES] });
const environment = { ...process.env };
let vault: Vault;

beforeEach(() => {
  const temporary = temporaryVault();
  ({ vault } = temporary);
  Object.assign(process.env, {
    ...{ MSR_VAULT_URL: temporary.url, MSR_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/msr' },
    ...{ MSR_KAFKA_BROKERS: '127.0.0.1:1', MSR_CONNECT_URL: 'http://127.0.0.1:1' },
  });
});
afterEach(() => {
  process.env = { ...environment };
});

type Taken = Parameters<VolumesHandler<'ebs'>['follow']>[1];
type Follow = (taken: Taken) => ReturnType<VolumesHandler<'ebs'>['follow']>;

const begun = (lockId: string) => ({ begun: { backupId: SAMPLE_ID, lockId } });

describe('the Lambda that looks at a baseline', () => {
  it('removes what a predecessor left that was killed after the manifest, under nobody’s lock', async () => {
    await vault.writeDocument(VaultPath.manifest(SAMPLE_ID), JSON.stringify(draft));
    await vault.writeDocument(VaultPath.begun(SAMPLE_ID), '{}');
    await writePending(vault, draft);
    expect(await handler(begun('another'))).toEqual({ decision: 'whole', percent: 100, waitSeconds: 0 });
    const left = await vault.list(VaultPath.backup(SAMPLE_ID));
    expect(left.map(({ path }) => path)).toEqual([VaultPath.manifest(SAMPLE_ID)]);
  });

  it('has nothing to wait for where neither is there', async () => {
    const { id } = await acquireLock(vault, { purpose: 'backup' });
    await expect(handler(begun(id))).rejects.toThrow('has neither a manifest nor one that waits');
  });

  it('writes no manifest where the lock is lost', async () => {
    await writePending(vault, draft);
    await expect(handler(begun('another'))).rejects.toMatchObject({ name: 'LockLostError' });
    expect(await findBackup(vault, SAMPLE_ID)).toBeUndefined();
  });

  it('waits for no volumes of a strategy that is configured no longer', async () => {
    await writePending(vault, draft);
    const { id } = await acquireLock(vault, { purpose: 'backup' });
    await expect(handler(begun(id))).rejects.toThrow(
      `the strategy dump did not take the volumes of ${SAMPLE_ID}`,
    );
  });
});

describe('the wait of a process', () => {
  const copies = { region: 'eu-west-1', snapshotIds: ['snap-0c'] };
  const options = ebsOptions.parse({ region: 'eu-central-1', instanceId: 'i-0123456789abcdef0' });
  const following = (follow: Follow) => ({
    name: 'ebs' as const,
    handlers: { ebs: { ...ebsVolumes(options), follow: (_: unknown, taken: Taken) => follow(taken) } },
  });
  const context = (signal: AbortSignal) => ({
    ...{ settings: readSettings(process.env), vault, progress: silentProgress, signal },
  });

  it('has no end but that of the volumes, which the manifest then tells', async () => {
    const strategy = following(async ({ volumes }) => ({
      kind: 'completed',
      volumes: { ...volumes, copies },
    }));
    const manifest = await awaitBaseline(context(new AbortController().signal), strategy, draft);
    expect(manifest).toMatchObject({ id: SAMPLE_ID, volumes: [{ copies }], cut: draft.cut });
    expect(manifest.createdAt).not.toBe(draft.createdAt);
  });

  it('ends with what the strategy throws, and when it is cancelled', async () => {
    const controller = new AbortController();
    const strategy = following(async () => {
      controller.abort(new Error('cancelled'));
      return { kind: 'pending', percent: 10 };
    });
    await expect(awaitBaseline(context(controller.signal), strategy, draft)).rejects.toThrow('cancelled');
    const failing = following(() => Promise.reject(new Error('snap-0a is gone')));
    const calm = context(new AbortController().signal);
    await expect(awaitBaseline(calm, failing, draft)).rejects.toThrow('snap-0a is gone');
  });

  it('is none where the strategy answers what is whole', async () => {
    const signal = new AbortController().signal;
    const dumped = sampleManifest();
    const strategy = { name: 'dump', handlers: {} } as const;
    expect(await awaitBaseline(context(signal), strategy, dumped)).toBe(dumped);
  });
});

describe('the next look', () => {
  it.each([
    [0, 30],
    [10 * 60_000, 60],
    [24 * 3_600_000, 150],
  ])('%i ms after the cut is %i s away', (ageMs, seconds) => {
    expect(secondsToNextLook(ageMs)).toBe(seconds);
  });
});
