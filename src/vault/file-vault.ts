import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import prettyBytes from 'pretty-bytes';
import { type DiskSpace, diskSpace } from '../core/disk-space.ts';
import {
  draftOf,
  emptyTrash,
  exists,
  nearestExisting,
  syncDirectory,
  WRITE_CHUNK,
  walk,
  writeHashed,
  writeSynced,
} from './durable-files.ts';
import {
  hasCode,
  readFault,
  VaultObjectExistsError,
  VaultObjectMissingError,
  VaultWriteError,
  writeFault,
} from './errors.ts';
import { withMutex } from './mutex.ts';
import type { StoredArtifact, StoredFacts, TaggedDocument, Vault, VaultObject } from './vault.ts';
import { OWN_PREFIX, pathSegments } from './vault-path-rule.ts';

type Condition = Parameters<Vault['writeDocument']>[2];

/**
 * A vault in a directory, on one machine or a shared mount. An artifact appears by a hard link to a finished,
 * synced draft, so it is whole or not there. The file system itself refuses a second one of that name.
 * Symbolic links that an operator laid inside the directory (another disk for `backups`) are followed.
 * @param root an absolute directory; made by the first write
 */
export class FileVault implements Vault {
  readonly url: string;
  readonly #root: string;

  constructor(root: string, url: string) {
    this.#root = root;
    this.url = url;
  }

  async writeArtifact(
    path: string,
    content: Readable,
    options: { readonly expectedBytes?: number } = {},
  ): Promise<StoredArtifact> {
    const file = this.#resolve(path);
    try {
      await mkdir(dirname(file), { recursive: true });
      if (await exists(file)) throw new VaultObjectExistsError(path, this.url);
      await this.#requireSpace(path, options.expectedBytes);
      return await this.#store(path, file, content);
    } catch (error) {
      // The producer (pg_dump, a download) must not go on writing into nothing.
      content.destroy();
      throw writeFault(error, path, this.url);
    }
  }

  async readArtifact(path: string): Promise<Readable> {
    const file = this.#resolve(path);
    try {
      const handle = await open(file, 'r');
      return createReadStream(file, { fd: handle, highWaterMark: WRITE_CHUNK });
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw new VaultObjectMissingError(path, this.url);
      throw readFault(error, path, this.url);
    }
  }

  async inspectArtifact(path: string): Promise<StoredFacts | undefined> {
    try {
      const info = await stat(this.#resolve(path));
      return { path, bytes: info.size, modifiedAt: info.mtime };
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw readFault(error, path, this.url);
    }
  }

  async readDocument(path: string): Promise<TaggedDocument | undefined> {
    try {
      return await readTagged(this.#resolve(path));
    } catch (error) {
      throw readFault(error, path, this.url);
    }
  }

  async writeDocument(path: string, content: string, condition?: Condition): Promise<string | undefined> {
    return await this.#changeDocument(path, condition, async (file) => {
      const draft = draftOf(file);
      try {
        await writeSynced(draft, content);
        await rename(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      await syncDirectory(dirname(file));
      return etagOf(content);
    });
  }

  async deleteDocument(path: string, condition?: { readonly ifMatch: string }): Promise<boolean> {
    const deleted = await this.#changeDocument(path, condition, async (file) => {
      await rm(file, { force: true });
      await syncDirectory(dirname(file));
      return true;
    });
    return deleted ?? false;
  }

  async list(prefix: string): Promise<VaultObject[]> {
    const directory = this.#resolve(prefix);
    try {
      const objects = await walk(directory, prefix);
      return objects.sort((a, b) => (a.path < b.path ? -1 : 1));
    } catch (error) {
      throw readFault(error, prefix, this.url);
    }
  }

  async deleteAll(prefix: string): Promise<void> {
    const directory = this.#resolve(prefix);
    const parent = dirname(directory);
    try {
      // Out of sight at once: a delete that is interrupted must not leave a manifest
      // whose artifacts are gone.
      await rename(directory, join(parent, `${OWN_PREFIX}trash-${randomUUID()}`));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw writeFault(error, prefix, this.url);
    }
    await emptyTrash(parent).catch((error: unknown) => {
      throw writeFault(error, prefix, this.url);
    });
  }

  async space(): Promise<DiskSpace> {
    try {
      return await diskSpace(await nearestExisting(this.#root));
    } catch (error) {
      throw readFault(error, '/', this.url);
    }
  }

  /** @throws OperatorError for a path that is not plainly below the root: it may have come from a manifest */
  #resolve(path: string): string {
    return join(this.#root, ...pathSegments(path));
  }

  async #store(path: string, file: string, content: Readable): Promise<StoredArtifact> {
    const draft = draftOf(file);
    try {
      const { bytes, sha256 } = await writeHashed(draft, content);
      await link(draft, file);
      await syncDirectory(dirname(file));
      return { path, bytes, sha256 };
    } catch (error) {
      if (hasCode(error, 'EEXIST')) throw new VaultObjectExistsError(path, this.url);
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #requireSpace(path: string, expectedBytes: number | undefined): Promise<void> {
    const { freeBytes: free } = await this.space();
    if (expectedBytes === undefined || free >= expectedBytes) return;
    throw new VaultWriteError(
      `the vault ${this.url} has ${prettyBytes(free)} free, and ${path} needs ${prettyBytes(expectedBytes)}`,
      { hint: 'free space there, or name a larger disk in MSR_VAULT_URL' },
    );
  }

  /**
   * Every change of a document happens under its mutex, or an unconditional write
   * could undo a conditional one.
   */
  async #changeDocument<T>(
    path: string,
    condition: Condition,
    change: (file: string) => Promise<T>,
  ): Promise<T | undefined> {
    const file = this.#resolve(path);
    try {
      await mkdir(dirname(file), { recursive: true });
      return await withMutex(join(dirname(file), `${OWN_PREFIX}mutex-${basename(file)}`), async () => {
        const present = await readTagged(file);
        return holds(condition, present?.etag) ? await change(file) : undefined;
      });
    } catch (error) {
      throw writeFault(error, path, this.url);
    }
  }
}

function holds(condition: Condition, etag: string | undefined): boolean {
  if (condition === undefined) return true;
  return 'ifAbsent' in condition ? etag === undefined : etag === condition.ifMatch;
}

function etagOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

async function readTagged(file: string): Promise<TaggedDocument | undefined> {
  try {
    const content = await readFile(file, 'utf8');
    return { content, etag: etagOf(content) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
