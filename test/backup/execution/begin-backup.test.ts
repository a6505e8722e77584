import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginBackup } from '../../../src/backup/execution/begin-backup.ts';
import { idOfExecution } from '../../../src/core/ids.ts';
import { acquireLock, currentOwner, renewLock } from '../../../src/vault/lock.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';

const execution = {
  id: 'arn:aws:states:eu-west-1:1:execution:backup:one',
  startedAt: '2026-11-23T03:30:00Z',
};
const request = { ignoreMaintenance: false };

describe('the beginning of a scheduled backup', () => {
  let vault: Vault;

  beforeEach(() => {
    vault = openVault(`file://${temporaryDirectory()}`);
    // As in AWS, where the execution owns the lock.
    process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'begin';
  });
  afterEach(() => {
    delete process.env['AWS_LAMBDA_FUNCTION_NAME'];
  });

  it('takes the lock for its execution, twice the same', async () => {
    const begun = await beginBackup(vault, request, execution);
    expect(begun).toMatchObject({ decision: 'begun', attempt: 1, ignoreMaintenance: 'false' });
    expect(begun.backupId).toBe(idOfExecution(execution));
    expect(await beginBackup(vault, request, execution)).toEqual(begun);
    expect(await currentOwner(vault)).toMatchObject({
      id: begun.lockId,
      arn: execution.id,
      purpose: 'backup',
    });
  });

  it('is skipped, not failed, while another operation runs, and says who', async () => {
    const executionArn = 'arn:aws:states:eu-west-1:1:execution:recovery:two';
    const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
    const onWatch = () => void renewLock(vault, id);
    const begun = await beginBackup(vault, request, execution, { lookMs: 5, onWatch });
    expect(begun).toMatchObject({ decision: 'skipped', lockId: '' });
    expect(begun.reason).toContain(`by the execution ${executionArn}`);
  });

  it('answers with the backup that its execution has made already, and locks nothing', async () => {
    const id = idOfExecution(execution);
    await vault.writeDocument(VaultPath.manifest(id), JSON.stringify(sampleManifest({ id })));
    expect(await beginBackup(vault, request, execution)).toMatchObject({ decision: 'done', backupId: id });
    expect(await currentOwner(vault)).toBeUndefined();
  });
});
