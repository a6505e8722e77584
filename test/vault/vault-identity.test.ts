import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { s3Client } from '../../src/clients/s3.ts';
import { FileVault } from '../../src/vault/file-vault.ts';
import { S3Vault } from '../../src/vault/s3-vault.ts';
import { vaultIdentity } from '../../src/vault/vault-identity.ts';
import { temporaryDirectory } from './temporary-vault.ts';

const URL = 'file:///var/backups/msr';
const vault = (directory: string) => new FileVault(directory, URL);

describe('the identity of a vault', () => {
  it('differs between two directories of one path, and is the same whoever asks, also at once', async () => {
    const directory = temporaryDirectory();
    const asked = await Promise.all([1, 2, 3].map(() => vaultIdentity(vault(directory))));
    expect(new Set(asked)).toEqual(new Set([await vaultIdentity(vault(directory))]));
    expect(asked[0]).toMatch(/^file:\/\/\/var\/backups\/msr@[0-9a-f-]{36}$/);
    expect(await vaultIdentity(vault(temporaryDirectory()))).not.toBe(asked[0]);
  });

  it('of a bucket is its URL without options: nothing is written', async () => {
    const bucket = new S3Vault('s3://msr-prod/az-a?retention=GOVERNANCE:35', s3Client());
    expect(await vaultIdentity(bucket)).toBe('s3://msr-prod/az-a');
  });

  it('is not made up where the one that is there cannot be read', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'vault.json'), '{');
    await expect(vaultIdentity(vault(directory))).rejects.toThrow(
      `vault.json in the vault ${URL} holds no id`,
    );
  });
});
