import { Readable } from 'node:stream';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { handler } from '../../lambdas/retention/retention.lambda.ts';
import { newId } from '../../src/core/ids.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { startMoto } from '../aws/emulators.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';
import { ARTIFACTS, s3Server } from '../vault/s3-vaults.ts';

const DAY_MS = 86_400_000;

describe('the Lambda of retention, on a vault in S3', () => {
  const server = s3Server(startMoto);

  async function store(vault: Vault, daysAgo: number): Promise<string> {
    const taken = new Date(Date.now() - daysAgo * DAY_MS);
    const id = newId(taken);
    const dump = await vault.writeArtifact(VaultPath.dump(id), Readable.from(['dump']));
    const sample = sampleManifest({ id });
    const cut = { ...sample.cut, takenAt: taken.toISOString() };
    const manifest = { ...sample, createdAt: taken.toISOString(), cut, artifacts: [dump] };
    await vault.writeArtifact(VaultPath.manifest(id), Readable.from([JSON.stringify(manifest)]));
    return id;
  }

  async function isTagged(url: string, id: string): Promise<readonly boolean[]> {
    const prefix = new URL(url).pathname.slice(1);
    return await Promise.all(
      [VaultPath.dump(id), VaultPath.manifest(id)].map(async (path) => {
        const request = new GetObjectTaggingCommand({ Bucket: ARTIFACTS, Key: `${prefix}/${path}` });
        const { TagSet = [] } = await server.client.send(request);
        return TagSet.some(({ Key, Value }) => Key === 'msr-retention' && Value === 'expired');
      }),
    );
  }

  it('tags what has expired, leaves it all in place, and does nothing while an operation runs', async () => {
    const { vault, url } = server.newVault();
    const ids = [];
    for (const day of [0, 40, 41]) ids.push(await store(vault, day));
    const [today = '', older = '', oldest = ''] = ids;
    Object.assign(process.env, {
      MSR_VAULT_URL: url,
      MSR_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/msr',
      MSR_KAFKA_BROKERS: '127.0.0.1:1',
      MSR_CONNECT_URL: 'http://127.0.0.1:1',
      MSR_KEEP_DAILY: '2',
      MSR_KEEP_WEEKLY: '0',
      MSR_KEEP_MONTHLY: '0',
    });
    const lock = await acquireLock(vault, { purpose: 'recover' });
    expect(await handler({})).toMatchObject({ done: 'nothing', why: expect.stringContaining('lock') });
    await lock.release();
    expect(await handler({})).toEqual({ done: 'tagged', kept: 2, expired: [oldest], stayed: [] });
    expect(await isTagged(url, oldest)).toEqual([true, true]);
    expect([...(await isTagged(url, today)), ...(await isTagged(url, older))]).not.toContain(true);
    expect(await vault.list(VaultPath.backups)).toHaveLength(6);
  });
});
