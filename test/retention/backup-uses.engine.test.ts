import { describe, expect, it } from 'vitest';
import { newId } from '../../lambdas/ids.ts';
import { oldDatabaseName } from '../../lambdas/recovery/context.ts';
import { writeRecoveryDocument } from '../../lambdas/recovery/documents.ts';
import { findUses } from '../../lambdas/retention/backup-uses.ts';
import { readVaultBackups } from '../../lambdas/retention/vault-backups.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withClient, withDatabase } from '../bed/timescale/server.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const bed = sharedBed();

describe('the backup of a recovery', () => {
  it('is in use while the old database is kept, and for whoever cannot see it', async () => {
    const { vault } = temporaryVault();
    const recoveryId = newId();
    const report = { outcome: 'recovered', backupId: 'B', steps: [] };
    await writeRecoveryDocument(vault, recoveryId, 'report', report);
    const found = await readVaultBackups(vault);
    const live = `${bed.prefix}_kept`;
    const url = withDatabase(bed.adminUrl, live);
    const uses = (targetDatabaseUrl = url) =>
      findUses(vault, found, { databaseUrl: url, targetDatabaseUrl }, new Date());
    const old = oldDatabaseName(live, recoveryId);
    const sql = (text: string) => withClient(bed.adminUrl, (admin) => admin.query(text));
    await sql(`CREATE DATABASE "${old}"`);
    try {
      expect(await uses()).toEqual([{ backupId: 'B', by: `${old} is kept for an undo of it` }]);
      const wrong = new URL(url);
      wrong.password = 'not-this-one';
      wrong.username = `${bed.prefix}_nobody`;
      expect(await uses(wrong.href)).toEqual([
        { backupId: 'B', by: expect.stringMatching(`^recovery ${recoveryId} may have kept an old database`) },
      ]);
    } finally {
      await sql(`DROP DATABASE "${old}"`);
    }
    expect(await uses()).toEqual([]);
  });
});
