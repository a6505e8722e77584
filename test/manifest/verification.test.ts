import { beforeEach, describe, expect, it } from 'vitest';
import { readVerification, writeVerification } from '../../src/manifest/verification.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { SAMPLE_ID } from './sample-manifest.ts';

describe('the mark of a verified backup', () => {
  let vault: Vault;

  beforeEach(() => {
    vault = openVault(`file://${temporaryDirectory()}`);
  });
  const report = {
    backupId: SAMPLE_ID,
    verdict: 'verified' as const,
    artifacts: [{ path: VaultPath.dump(SAMPLE_ID), bytes: 4, outcome: 'intact' as const, fact: 'whole' }],
  };

  it('is read back as it was written', async () => {
    expect(await readVerification(vault, SAMPLE_ID)).toBeUndefined();
    const now = new Date('2026-11-23T04:20:00.000Z');
    await writeVerification(vault, report, { seconds: 1.5, now });
    expect(await readVerification(vault, SAMPLE_ID)).toEqual({
      ...report,
      seconds: 1.5,
      verifiedAt: now.toISOString(),
    });
  });

  it('is never made up from something else', async () => {
    await vault.writeDocument(VaultPath.verification(SAMPLE_ID), '{"verdict":"fine"}');
    await expect(readVerification(vault, SAMPLE_ID)).rejects.toThrow(
      'was not written by this version of msr',
    );
  });
});
