import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newS3Client } from '../../src/clients/s3.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { S3Vault } from '../../src/vault/s3-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { startVersitygw } from '../aws/emulators.ts';
import { recordScene } from '../aws/recording.ts';
import { ARTIFACTS, DOCUMENTS, s3Server } from './s3-vaults.ts';
import { type UnreliableProxy, unreliableProxy } from './unreliable-proxy.ts';

const PATH = 'backups/one/database.dump';
const CONTENT = randomBytes(3_000_000);

describe('S3 over a network that fails', () => {
  const server = s3Server(startVersitygw);
  let proxy: UnreliableProxy;
  beforeAll(async () => {
    proxy = await unreliableProxy(process.env['AWS_ENDPOINT_URL'] ?? '');
    process.env['AWS_ENDPOINT_URL'] = proxy.endpoint;
  });
  afterAll(() => proxy.stop());

  function newVault(credentials?: { accessKeyId: string; secretAccessKey: string }): {
    vault: Vault;
    url: string;
  } {
    const prefix = randomUUID();
    recordScene({ standsFor: { [prefix]: 'bed' } });
    const url = `s3://${ARTIFACTS}/${prefix}?documents=${DOCUMENTS}`;
    const client = newS3Client({ ownServer: true, ...(credentials === undefined ? {} : { credentials }) });
    proxy.seen.length = 0;
    proxy.faults.length = 0;
    return { vault: new S3Vault(url, client, { patienceMs: 1500 }), url };
  }

  test('a download goes on where its connection broke, as often as it brings something', async () => {
    const { vault } = newVault();
    await vault.writeArtifact(PATH, Readable.from([CONTENT]));
    proxy.faults.push({ when: ({ method }) => method === 'GET', cutAfterBytes: 400_000, times: 7 });
    proxy.seen.length = 0;
    expect((await buffer(await vault.readArtifact(PATH))).equals(CONTENT)).toBe(true);
    expect(proxy.seen[0]).toBe('GET');
    expect(proxy.seen.slice(1).every((request) => /^GET bytes=\d+-$/.test(request))).toBe(true);
    expect(proxy.seen.length).toBeGreaterThan(7);
  });

  test('a download does not go on in another content', async () => {
    const { vault, url } = newVault();
    await vault.writeArtifact(PATH, Readable.from([CONTENT]));
    proxy.faults.push({ when: ({ method }) => method === 'GET', cutAfterBytes: 400_000, times: 1 });
    const content = await vault.readArtifact(PATH);
    await server.client.send(
      new PutObjectCommand({
        Bucket: ARTIFACTS,
        Key: `${new URL(url).pathname.slice(1)}/${PATH}`,
        Body: randomBytes(CONTENT.length),
      }),
    );
    await expect(buffer(content)).rejects.toMatchObject({
      name: 'VaultReadError',
      message: `${PATH} in the vault ${url} was replaced while it was read`,
    });
  });

  test('a download that brings nothing any more fails', async () => {
    const { vault } = newVault();
    await vault.writeArtifact(PATH, Readable.from([CONTENT]));
    proxy.faults.push({ when: ({ method }) => method === 'GET', cutAfterBytes: 400_000, times: 1 });
    const content = await vault.readArtifact(PATH);
    await proxy.stop();
    await expect(buffer(content)).rejects.toMatchObject({
      name: 'VaultReadError',
      message: expect.stringMatching(/^the vault s3:.* cannot be read \(backups\/one\/database.dump\): /),
    });
    proxy = await unreliableProxy(server.endpoint);
    process.env['AWS_ENDPOINT_URL'] = proxy.endpoint;
  });

  test('an upload waits until the network is there again', async () => {
    const { vault } = newVault();
    const content = Readable.from(
      (async function* () {
        for (let part = 0; part < 6; part += 1) yield CONTENT;
        // More than a part is on its way: all requests of it are lost, those of the
        // SDK's own repetitions too.
        proxy.faults.push({ when: ({ method }) => method === 'PUT', cutAfterBytes: 0, times: 7 });
        for (let part = 0; part < 6; part += 1) yield CONTENT;
      })(),
    );
    const stored = await vault.writeArtifact(PATH, content, { expectedBytes: 1 });
    expect(stored.bytes).toBe(12 * CONTENT.length);
  });

  test('a producer that fails does not wait for the network', async () => {
    const { vault } = newVault();
    const content = Readable.from(
      (async function* () {
        for (let part = 0; part < 6; part += 1) yield CONTENT;
        proxy.faults.push({ when: ({ method }) => method === 'PUT', cutAfterBytes: 0, times: 1000 });
        for (let part = 0; part < 6; part += 1) yield CONTENT;
        throw new Error('pg_dump ended with 1');
      })(),
    );
    await expect(vault.writeArtifact(PATH, content, { expectedBytes: 1 })).rejects.toThrow(
      'pg_dump ended with 1',
    );
    expect(proxy.seen.filter((request) => request === 'PUT').length).toBeLessThan(6);
  });

  test('a lock whose answer was lost is taken all the same: its writer is not refused by itself', async () => {
    const { vault } = newVault();
    proxy.faults.push({ when: ({ method }) => method === 'PUT', cutAfterBytes: 0, times: 1 });
    const lock = await acquireLock(vault, { purpose: 'backup' });
    await lock.assertHeld();
    await lock.release();
    expect(await vault.readDocument('locks/operation.json')).toBeUndefined();
  });

  test('an artifact whose last answer was lost is stored, once', async () => {
    const { vault } = newVault();
    proxy.faults.push({ when: ({ method }) => method === 'PUT', cutAfterBytes: 0, times: 1 });
    expect((await vault.writeArtifact(PATH, Readable.from([CONTENT]))).bytes).toBe(CONTENT.length);
    // An upload in parts has the completion's.
    proxy.faults.push({
      when: ({ method, url }) => method === 'POST' && /uploadId/.test(url ?? ''),
      cutAfterBytes: 0,
      times: 1,
    });
    const parts = Array.from({ length: 6 }, () => CONTENT);
    const stored = await vault.writeArtifact('backups/two/database.dump', Readable.from(parts), {
      expectedBytes: 1,
    });
    expect(stored.bytes).toBe(6 * CONTENT.length);
    expect((await buffer(await vault.readArtifact('backups/two/database.dump'))).length).toBe(stored.bytes);
  });

  test('a refusal is never taken for nothing stored', async () => {
    const accessKeyId = process.env['AWS_ACCESS_KEY_ID'] ?? '';
    const { vault } = newVault({ accessKeyId, secretAccessKey: 'wrong' });
    const refused = {
      message: expect.stringMatching(
        /cannot be (read|written) \(.*\): (the AWS credentials are not valid there|access denied)/,
      ),
    };
    await expect(vault.readDocument('locks/operation.json')).rejects.toMatchObject(refused);
    await expect(vault.readArtifact(PATH)).rejects.toMatchObject(refused);
    await expect(vault.list('backups/')).rejects.toMatchObject(refused);
    await expect(acquireLock(vault, { purpose: 'backup' })).rejects.toMatchObject(refused);
    await expect(vault.writeArtifact(PATH, Readable.from(['x']))).rejects.toMatchObject(refused);
    await expect(vault.deleteAll('backups/one/')).rejects.toMatchObject(refused);
    // This server answers 404 to a stranger.
    const { vault: stranger } = newVault({ accessKeyId: 'nobody', secretAccessKey: 'wrong' });
    await expect(stranger.readDocument(PATH)).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be read .*: S3 answered 404/),
    });
  });

  test('more objects than one answer lists are listed, and deleted', async () => {
    const { vault, url } = newVault();
    const prefix = new URL(url).pathname.slice(1);
    const numbers = Array.from({ length: 1001 }, (_, number) => number);
    const lanes = Array.from({ length: 20 }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        await server.client.send(
          new PutObjectCommand({
            Bucket: DOCUMENTS,
            Key: `${prefix}/recoveries/one/${number}.json`,
            Body: '{}',
          }),
        );
      }
    });
    await Promise.all(lanes);
    expect(await vault.list('recoveries/')).toHaveLength(1001);
    await vault.deleteAll('recoveries/one/');
    expect(await vault.list('recoveries/')).toEqual([]);
  });
});
