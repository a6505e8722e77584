import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import type { Emulator } from '../aws/emulators.ts';
import { recordScene } from '../aws/recording.ts';
import { NOBODY, recordedAs } from '../aws/scenes.ts';

/** With Object Lock, as the vault's stack makes it. */
export const ARTIFACTS = 'msr-artifacts';
/** Without. */
export const DOCUMENTS = 'msr-documents';

interface NewVault {
  /** The artifacts' bucket. @default ARTIFACTS */
  readonly bucket?: string;
  /** More parameters of the URL, each with its `&`. */
  readonly parameters?: string;
}

export interface S3Server {
  readonly endpoint: string;
  readonly client: S3Client;
  /** An empty vault under a prefix of its own. */
  readonly newVault: (options?: NewVault) => { readonly vault: Vault; readonly url: string };
}

/** The server for the tests of this file: the environment points to it meanwhile, as an operator's would. */
export function s3Server(start: () => Promise<Emulator>): S3Server {
  const before = { ...process.env };
  let server: (Emulator & { readonly client: S3Client }) | undefined;
  beforeAll(async () => {
    const emulator = await start();
    Object.assign(process.env, emulator.env, recordedAs('task'));
    recordScene({ standsFor: { [ARTIFACTS]: '{vault}', [DOCUMENTS]: '{docs}' } });
    const client = new S3Client({ forcePathStyle: true, ...NOBODY });
    server = { ...emulator, client };
    await client.send(new CreateBucketCommand({ Bucket: ARTIFACTS, ObjectLockEnabledForBucket: true }));
    await client.send(new CreateBucketCommand({ Bucket: DOCUMENTS }));
  });
  afterAll(async () => {
    process.env = before;
    server?.client.destroy();
    await server?.stop();
  });
  const started = () => {
    if (server === undefined) throw new Error('the server has not been started yet');
    return server;
  };
  return {
    get endpoint() {
      return started().endpoint;
    },
    get client() {
      return started().client;
    },
    newVault: ({ bucket = ARTIFACTS, parameters = '' } = {}) => {
      const prefix = `msr/${randomUUID()}`;
      recordScene({ standsFor: { [prefix]: 'bed' } });
      const url = `s3://${bucket}/${prefix}?documents=${DOCUMENTS}${parameters}`;
      return { vault: openVault(url), url };
    },
  };
}
