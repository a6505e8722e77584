import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { isExpirable } from '../../src/vault/expirable.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { recordScene } from '../aws/recording.ts';
import { ARTIFACTS, DOCUMENTS, type S3Server } from './s3-vaults.ts';

const PATH = 'backups/one/database.dump';
const DAY_MS = 86_400_000;
/** Two parts. */
const LARGE = randomBytes(17 * 2 ** 20);

const keyOf = (url: string, path: string) => `${new URL(url).pathname.slice(1)}/${path}`;

/** As somebody puts it there who is not the vault. */
async function put(
  { client }: S3Server,
  url: string,
  object: { readonly bucket: string; readonly path: string; readonly content: string },
): Promise<void> {
  const Key = keyOf(url, object.path);
  await client.send(new PutObjectCommand({ Bucket: object.bucket, Key, Body: object.content }));
}

function headOf({ client }: S3Server, url: string) {
  const Bucket = new URL(url).hostname;
  return client.send(new HeadObjectCommand({ Bucket, Key: keyOf(url, PATH), ChecksumMode: 'ENABLED' }));
}

async function uploadsBelow({ client }: S3Server, url: string) {
  const request = new ListMultipartUploadsCommand({ Bucket: ARTIFACTS, Prefix: keyOf(url, 'backups/') });
  return (await client.send(request)).Uploads ?? [];
}

/** What holds of artifacts that are stored in parts. */
export function partsContract(server: S3Server): void {
  describe('an artifact in parts', () => {
    test('is whole, and the server kept the checksum of the whole beside it', async () => {
      const { vault, url } = server.newVault();
      const pieces = [LARGE.subarray(0, 1), LARGE.subarray(1, 10_000_000), LARGE.subarray(10_000_000)];
      const stored = await vault.writeArtifact(PATH, Readable.from(pieces), { expectedBytes: 1000 });
      const sha256 = createHash('sha256').update(LARGE).digest('hex');
      expect(stored).toMatchObject({ path: PATH, bytes: LARGE.length, sha256 });
      expect((await vault.inspectArtifact(PATH))?.crc64Nvme).toBe(stored.crc64Nvme);
      const head = await headOf(server, url);
      expect(head.ETag).toMatch(/-2"$/);
      expect(head).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC64NVME: expect.any(String) });
      expect((await buffer(await vault.readArtifact(PATH))).equals(LARGE)).toBe(true);
    });

    test('whose producer fails leaves neither an object nor parts', async () => {
      const { vault, url } = server.newVault();
      const producer = Readable.from(
        (async function* () {
          yield LARGE;
          throw new OperatorError('pg_dump ended with 1', { hint: 'see its message' });
        })(),
      );
      const failure = vault.writeArtifact(PATH, producer, { expectedBytes: 1000 });
      await expect(failure).rejects.toThrow('pg_dump ended with 1');
      expect(await uploadsBelow(server, url)).toEqual([]);
      expect(await vault.list('backups/')).toEqual([]);
    });

    test('that another one overtook is refused, and leaves no parts', async () => {
      const { vault, url } = server.newVault();
      const slow = Readable.from(
        (async function* () {
          yield LARGE;
          await vault.writeArtifact(PATH, Readable.from(['quicker']));
        })(),
      );
      const failure = vault.writeArtifact(PATH, slow, { expectedBytes: 1000 });
      await expect(failure).rejects.toMatchObject({ name: 'VaultObjectExistsError' });
      expect((await buffer(await vault.readArtifact(PATH))).toString()).toBe('quicker');
      expect(await uploadsBelow(server, url)).toEqual([]);
    });

    test('that a killed process has begun goes with its folder', async () => {
      const { vault, url } = server.newVault();
      await server.client.send(
        new CreateMultipartUploadCommand({ Bucket: ARTIFACTS, Key: keyOf(url, PATH) }),
      );
      expect(await uploadsBelow(server, url)).toHaveLength(1);
      await vault.deleteAll('backups/one/');
      expect(await uploadsBelow(server, url)).toEqual([]);
    });
  });
}

/** What holds where the vault's URL names a retention. */
export function retentionContract(server: S3Server): void {
  test('retention of the URL protects an artifact in parts, and lets it be hidden', async () => {
    const { vault, url } = server.newVault({ parameters: '&retention=COMPLIANCE:2' });
    await vault.writeArtifact(PATH, Readable.from([LARGE]), { expectedBytes: 1000 });
    await expectProtected(server, url, 'COMPLIANCE', 2);
    await vault.deleteAll('backups/one/');
    expect(await vault.list('backups/')).toEqual([]);
  });
}

/** What holds where the bucket has a default. */
export function defaultRetentionContract(server: S3Server): void {
  test("retention of the bucket's default protects every artifact, small or in parts", async () => {
    const bucket = await lockedBucket(server);
    for (const content of [LARGE, Buffer.from('{}')]) {
      const { vault, url } = server.newVault({ bucket });
      await vault.writeArtifact(PATH, Readable.from([content]), { expectedBytes: content.length });
      await expectProtected(server, url, 'GOVERNANCE', 3);
    }
  });
}

/** What holds where S3 tells the retention that the bucket's default gave an object, as AWS does. */
export function clockContract(server: S3Server): void {
  test("retention is never shortened, where this machine's clock is behind that of S3: that is refused", async () => {
    const bucket = await lockedBucket(server, 'msr-locked-by-another-clock');
    const behind = Date.now() - 60_000;
    vi.useFakeTimers({ toFake: ['Date'], now: behind });
    try {
      const { vault, url } = server.newVault({ bucket });
      await vault.writeArtifact(PATH, Readable.from(['{}']), { expectedBytes: 2 });
      vi.useRealTimers();
      await expectProtected(server, url, 'GOVERNANCE', 3);
    } finally {
      vi.useRealTimers();
    }
  });
}

async function expectProtected(server: S3Server, url: string, mode: string, days: number): Promise<void> {
  const { ObjectLockMode, ObjectLockRetainUntilDate: until, VersionId } = await headOf(server, url);
  expect(ObjectLockMode).toBe(mode);
  expect(Math.abs((until?.getTime() ?? 0) - Date.now() - days * DAY_MS)).toBeLessThan(60_000);
  const request = new DeleteObjectCommand({
    Bucket: new URL(url).hostname,
    Key: keyOf(url, PATH),
    VersionId,
  });
  await expect(server.client.send(request)).rejects.toMatchObject({ name: 'AccessDenied' });
}

/** A bucket with a default retention of three days. */
async function lockedBucket({ client }: S3Server, Bucket = 'msr-locked'): Promise<string> {
  recordScene({ standsFor: { [Bucket]: '{vault}' } });
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 3 } },
      },
    }),
  );
  return Bucket;
}

/** What holds of the two buckets. */
export function bucketsContract(server: S3Server): void {
  test('documents lie in their own bucket, artifacts in theirs', async () => {
    const { vault, url } = server.newVault();
    await vault.writeDocument('locks/operation.json', '{}');
    await vault.writeArtifact('backups/one/manifest.json', Readable.from(['{}']));
    const inBucket = async (bucket: string) => {
      const listed = await openVault(url.replace(/:\/\/.*?\/(.*)\?.*/, `://${bucket}/$1`)).list('backups/');
      const locks = await openVault(url.replace(/:\/\/.*?\/(.*)\?.*/, `://${bucket}/$1`)).list('locks/');
      return [...listed, ...locks].map(({ path }) => path);
    };
    expect(await inBucket(DOCUMENTS)).toEqual(['locks/operation.json']);
    expect(await inBucket(ARTIFACTS)).toEqual(['backups/one/manifest.json']);
  });

  test('a document never shadows an artifact of the same path', async () => {
    const { vault, url } = server.newVault();
    const path = 'backups/one/manifest.json';
    await vault.writeArtifact(path, Readable.from(['true']));
    await put(server, url, { bucket: DOCUMENTS, path, content: 'forged' });
    await put(server, url, { bucket: DOCUMENTS, path: 'backups/two/manifest.json', content: 'forged' });
    expect((await vault.readDocument(path))?.content).toBe('true');
    expect(await vault.readDocument('backups/two/manifest.json')).toBeUndefined();
    expect((await vault.list('backups/')).map((object) => [object.path, object.bytes])).toEqual([[path, 4]]);
  });

  test('a lock that an earlier configuration left beside the artifacts keeps nobody waiting', async () => {
    const { vault, url } = server.newVault();
    await put(server, url, { bucket: ARTIFACTS, path: 'locks/operation.json', content: '{"dead": true}' });
    await put(server, url, { bucket: ARTIFACTS, path: 'recoveries/one/plan.json', content: '1' });
    await put(server, url, { bucket: ARTIFACTS, path: 'backups/one/verification.json', content: '2' });
    const lock = await acquireLock(vault, { purpose: 'backup' });
    await lock.release();
    // What tells of the past stays readable.
    expect((await vault.readDocument('recoveries/one/plan.json'))?.content).toBe('1');
    expect((await vault.readDocument('backups/one/verification.json'))?.content).toBe('2');
  });

  test('a bucket that is not there is a fault, not an empty vault', async () => {
    const url = 's3://msr-no-such-bucket/msr';
    recordScene({ standsFor: { 'msr-no-such-bucket': '{docs}', 'msr/a.json': 'bed/a.json' } });
    const vault = openVault(url);
    const expected = {
      name: 'VaultReadError',
      message: `the vault ${url} cannot be read (backups/): the bucket is not there`,
      hint: 'check the bucket in MSR_VAULT_URL, its account and AWS_REGION',
    };
    await expect(vault.list('backups/')).rejects.toMatchObject(expected);
    await expect(vault.readDocument('a.json')).rejects.toMatchObject({ name: 'VaultReadError' });
    await expect(vault.writeDocument('a.json', '1')).rejects.toMatchObject({ name: 'VaultWriteError' });
    await expect(vault.writeDocument('a.json', '1', { ifMatch: 'x' })).rejects.toMatchObject({
      name: 'VaultWriteError',
    });
  });
}

/** What holds where the bucket keeps versions, as one with Object Lock always does. */
export function versionsContract(server: S3Server): void {
  test('a deleted folder leaves no version that the lifecycle would keep for ever', async () => {
    const { vault, url } = server.newVault();
    const manifest = 'backups/one/manifest.json';
    await vault.writeArtifact(PATH, Readable.from([LARGE]), { expectedBytes: LARGE.length });
    await vault.writeArtifact(manifest, Readable.from(['{}']));
    await vault.deleteAll('backups/one/');
    expect(await vault.list('backups/')).toEqual([]);
    const listed = await server.client.send(
      new ListObjectVersionsCommand({ Bucket: ARTIFACTS, Prefix: keyOf(url, 'backups/one/') }),
    );
    const left = listed.Versions ?? [];
    expect(left.map(({ Key }) => Key).sort()).toEqual(
      [PATH, manifest].map((path) => keyOf(url, path)).sort(),
    );
    for (const { Key, VersionId } of left) {
      const request = new GetObjectTaggingCommand({ Bucket: ARTIFACTS, Key, VersionId });
      const { TagSet } = await server.client.send(request);
      expect(TagSet, Key).toEqual([{ Key: 'msr-retention', Value: 'expired' }]);
    }
  });

  // A deletion that is none of ours is no decision that something may go.
  test('what somebody else has deleted stays, and the lifecycle does not take it', async () => {
    const { vault, url } = server.newVault();
    const Bucket = ARTIFACTS;
    await vault.writeArtifact(PATH, Readable.from(['dump']));
    await server.client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(url, PATH) }));
    await vault.deleteAll('backups/one/');
    const listed = await server.client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: keyOf(url, 'backups/one/') }),
    );
    const [left] = listed.Versions ?? [];
    const { Key, VersionId } = left ?? {};
    const { TagSet } = await server.client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
    expect(TagSet).toEqual([]);
    const [{ VersionId: marker } = {}] = listed.DeleteMarkers ?? [];
    await server.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker }));
    expect((await vault.list('backups/')).map(({ path }) => path)).toEqual([PATH]);
  });
}

/** What retention does to artifacts: a bucket's lifecycle deletes what is tagged. */
export function expiryContract(server: S3Server): void {
  const tagsOf = async (url: string, path: string) => {
    const request = new GetObjectTaggingCommand({ Bucket: ARTIFACTS, Key: keyOf(url, path) });
    const { TagSet = [] } = await server.client.send(request);
    // S3 promises no order.
    return TagSet.sort((a, b) => ((a.Key ?? '') < (b.Key ?? '') ? -1 : 1));
  };

  test('what expires is tagged, in its own folder only, and what is needed again is not', async () => {
    const { vault, url } = server.newVault();
    if (!isExpirable(vault)) throw new Error('an S3 vault cannot expire its artifacts');
    const neighbour = 'backups/one-more/database.dump';
    for (const path of [PATH, neighbour]) await vault.writeArtifact(path, Readable.from(['dump']));
    const other = { Key: 'owner', Value: 'us' };
    const request = { Bucket: ARTIFACTS, Key: keyOf(url, PATH), Tagging: { TagSet: [other] } };
    await server.client.send(new PutObjectTaggingCommand(request));
    await vault.tagExpired('backups/one/');
    await vault.tagExpired('backups/one/');
    expect(await tagsOf(url, PATH)).toEqual([{ Key: 'msr-retention', Value: 'expired' }, other]);
    expect(await tagsOf(url, neighbour)).toEqual([]);
    await vault.untagExpired('backups/one/');
    expect(await tagsOf(url, PATH)).toEqual([other]);
  });
}
