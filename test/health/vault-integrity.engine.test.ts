import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { writeManifest } from '../../src/backup/contents/write-manifest.ts';
import type { CheckResult } from '../../src/health/check-result.ts';
import { runHealth } from '../../src/health/run-health.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { startVersitygw } from '../aws/emulators.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';
import { s3Server } from '../vault/s3-vaults.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const ID = '20261127T033000Z-0001';
/** Three parts in S3, and more than a run reads of a vault that keeps no checksums. */
const DUMP_BYTES = 17 * 2 ** 20;

/** A complete backup, written by the product's own functions. @returns the dump's path */
async function storeBackup(vault: Vault, dumpBytes = DUMP_BYTES): Promise<string> {
  const path = VaultPath.dump(ID);
  const dump = await vault.writeArtifact(path, Readable.from([randomBytes(dumpBytes)]), {
    expectedBytes: dumpBytes,
  });
  const createdAt = new Date().toISOString();
  await writeManifest(vault, { ...sampleManifest({ id: ID, artifacts: [dump] }), createdAt });
  return path;
}

function objectOf(url: string, path: string) {
  return { Bucket: new URL(url).hostname, Key: `${new URL(url).pathname.slice(1)}/${path}` };
}

/** The very run of a schedule, of this one check. */
async function integrity(vault: Vault): Promise<CheckResult> {
  const { results } = await runHealth({
    ...{ env: { ...process.env, MSR_VAULT_URL: vault.url }, vault, now: new Date() },
    ...{ signal: AbortSignal.timeout(60_000), instance: null, runsHere: true },
    only: ['vault-integrity'],
  });
  const [result] = results;
  if (result === undefined) throw new Error('it was not checked');
  return result;
}

describe('a vault in S3, as versitygw has it', () => {
  const server = s3Server(startVersitygw);

  test("is compared by S3's own checksums with what the manifest says", async () => {
    const { vault } = server.newVault();
    await storeBackup(vault);
    const result = await integrity(vault);
    expect(result.evidence[1]).toBe(
      "compared of the newest backups' artifacts: 2 by the vault's own checksums",
    );
    expect(result.status).toBe('ok');
  });

  test.each(['database.dump', 'manifest.json'])('pages of a %s that was put there anew', async (name) => {
    const made = server.newVault();
    await storeBackup(made.vault);
    const path = `${VaultPath.backup(ID)}${name}`;
    const { bytes } = (await made.vault.inspectArtifact(path)) ?? { bytes: 0 };
    // As long as it was: nothing that the list of the bucket tells of its size has changed.
    const content = { Body: randomBytes(bytes), ChecksumAlgorithm: 'CRC64NVME' } as const;
    await server.client.send(new PutObjectCommand({ ...objectOf(made.url, path), ...content }));
    const result = await integrity(made.vault);
    expect([result.status, result.severity]).toEqual(['failed', 'page']);
    expect(result.evidence[0]).toMatch(
      new RegExp(
        `^${path} is not what was written: the vault's checksum of it \\(CRC-64/NVME\\) is .{12}, and was .{12}$`,
      ),
    );
  });

  test('pages of an artifact that is gone', async () => {
    const made = server.newVault();
    const path = await storeBackup(made.vault);
    await server.client.send(new DeleteObjectCommand(objectOf(made.url, path)));
    const result = await integrity(made.vault);
    expect([result.status, result.evidence[0]]).toEqual(['failed', expect.stringContaining('is missing')]);
  });
});

describe('a vault in a directory', () => {
  test('has what is small read in each run, and pages of one bit', async () => {
    const { vault, directory } = temporaryVault();
    const path = await storeBackup(vault, 1000);
    expect((await integrity(vault)).evidence[1]).toBe(
      "compared of the newest backups' artifacts: 2 by reading them",
    );
    const content = randomBytes(1000);
    await writeFile(join(directory, path), content);
    const result = await integrity(vault);
    expect([result.status, result.severity]).toEqual(['failed', 'page']);
    expect(result.evidence[0]).toContain(`${path} is not what was written: its SHA-256 is `);
  });

  test('has what is large compared by size and time, from run to run', async () => {
    const { vault, directory } = temporaryVault();
    const path = await storeBackup(vault);
    expect((await integrity(vault)).evidence[1]).toBe(
      "compared of the newest backups' artifacts: 1 by reading them, 1 by size and time alone",
    );
    await writeFile(join(directory, path), randomBytes(DUMP_BYTES));
    const result = await integrity(vault);
    expect([result.status, result.severity]).toEqual(['failed', 'page']);
    expect(result.evidence[0]).toContain(`${path} was written again at `);
  });
});
