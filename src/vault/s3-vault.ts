import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ExpirableVault } from './expirable.ts';
import { deleteDocument, readDocument, writeDocument } from './s3-documents.ts';
import { download } from './s3-download.ts';
import { markExpired } from './s3-expiry.ts';
import { deleteFolder, listFolder } from './s3-folders.ts';
import { asKept, inspect } from './s3-inspect.ts';
import { parseS3Location, type Retention } from './s3-location.ts';
import { PATIENCE_MS } from './s3-patience.ts';
import { retain, retentionOf } from './s3-retention.ts';
import type { S3Store } from './s3-store.ts';
import { upload } from './s3-upload.ts';
import type { StoredArtifact, StoredFacts, TaggedDocument, Vault, VaultObject } from './vault.ts';

/**
 * A vault in S3: artifacts in one bucket, under Object Lock where that has it, documents
 * in another one or the same.
 * @param url see parseS3Location
 */
export class S3Vault implements Vault, ExpirableVault {
  readonly url: string;
  readonly #store: S3Store;
  #retention: Promise<Retention | undefined> | undefined;

  constructor(url: string, client: S3Client, { patienceMs = PATIENCE_MS } = {}) {
    this.url = url;
    this.#store = { client, location: parseS3Location(url), url, patienceMs };
  }

  async writeArtifact(
    path: string,
    content: Readable,
    options: { readonly expectedBytes?: number } = {},
  ): Promise<StoredArtifact> {
    try {
      // Asked before hours of an upload that could not be put under retention.
      const retention = await this.#bucketRetention();
      const uploaded = await upload(this.#store, path, content, options.expectedBytes);
      await retain(this.#store, retention, uploaded);
      return await asKept(this.#store, uploaded.stored);
    } catch (error) {
      // The producer (pg_dump, a download) must not go on writing into nothing.
      content.destroy();
      throw error;
    }
  }

  async readArtifact(path: string): Promise<Readable> {
    return await download(this.#store, path);
  }

  async inspectArtifact(path: string): Promise<StoredFacts | undefined> {
    return await inspect(this.#store, path);
  }

  async readDocument(path: string): Promise<TaggedDocument | undefined> {
    return await readDocument(this.#store, path);
  }

  async writeDocument(
    path: string,
    content: string,
    condition?: Parameters<Vault['writeDocument']>[2],
  ): Promise<string | undefined> {
    return await writeDocument(this.#store, path, content, condition);
  }

  async deleteDocument(path: string, condition?: { readonly ifMatch: string }): Promise<boolean> {
    return await deleteDocument(this.#store, path, condition);
  }

  async list(prefix: string): Promise<VaultObject[]> {
    return await listFolder(this.#store, prefix);
  }

  async deleteAll(prefix: string): Promise<void> {
    await deleteFolder(this.#store, prefix);
  }

  async tagExpired(prefix: string): Promise<void> {
    await markExpired(this.#store, prefix, true);
  }

  async untagExpired(prefix: string): Promise<void> {
    await markExpired(this.#store, prefix, false);
  }

  /** S3 has no limit. */
  async space(): Promise<undefined> {
    return undefined;
  }

  async #bucketRetention(): Promise<Retention | undefined> {
    this.#retention ??= retentionOf(this.#store);
    try {
      return await this.#retention;
    } catch (error) {
      // Asked again next time.
      this.#retention = undefined;
      throw error;
    }
  }
}
