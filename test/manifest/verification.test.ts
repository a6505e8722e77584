import { beforeEach, describe, expect, it } from 'vitest';
import type { Rehearsal } from '../../src/manifest/rehearsal.ts';
import {
  readDamage,
  readVerification,
  writeRehearsal,
  writeVerification,
} from '../../src/manifest/verification.ts';
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

  const fault = { object: 'function msr.f()', fact: 'it names t without its schema', remedy: 'name it' };
  const rehearsal = (side: 'backup' | 'server'): Rehearsal => ({
    outcome: 'failed',
    at: '2026-11-23T04:25:00.000Z',
    server: 'db:5432',
    seconds: 12.5,
    bytes: 9_000_000,
    sample: { chunks: 3, events: 40 },
    faults: [{ side, ...fault }],
    remarks: [],
  });

  it('keeps the rehearsal when the backup is read once more', async () => {
    await expect(writeRehearsal(vault, SAMPLE_ID, rehearsal('server'))).rejects.toThrow('is to be read');
    await writeVerification(vault, report, { seconds: 1 });
    await writeRehearsal(vault, SAMPLE_ID, rehearsal('server'));
    await writeVerification(vault, report, { seconds: 2 });
    expect(await readVerification(vault, SAMPLE_ID)).toMatchObject({
      seconds: 2,
      rehearsal: rehearsal('server'),
    });
  });

  it('counts as damage what restores nowhere, and not what a server lacks', async () => {
    await writeVerification(vault, report, { seconds: 1 });
    await writeRehearsal(vault, SAMPLE_ID, rehearsal('server'));
    expect(await readDamage(vault, SAMPLE_ID)).toEqual([]);
    await writeRehearsal(vault, SAMPLE_ID, rehearsal('backup'));
    expect(await readDamage(vault, SAMPLE_ID)).toEqual([
      {
        path: VaultPath.dump(SAMPLE_ID),
        fact: 'its rehearsal failed at function msr.f(): it names t without its schema (name it)',
      },
    ]);
  });
});
