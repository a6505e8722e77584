import { describe, expect, it } from 'vitest';
import { describeServer, withSession } from '../../src/clients/postgres.ts';
import { newId } from '../../src/core/ids.ts';
import { oldDatabaseName } from '../../src/live/database-names.ts';
import { writeMarker } from '../../src/live/marker.ts';
import { RECOVERY_SCHEMA_SQL } from '../../src/live/recovery-schema.ts';
import { writeRecoveryDocument } from '../../src/recovery/documents.ts';
import { findUses } from '../../src/retention/backup-uses.ts';
import { readVaultBackups } from '../../src/retention/vault-backups.ts';
import { startTwoServers } from '../bed/second-server.ts';
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

  it('is in use while the old database waits on the server that the live name has left', async () => {
    const { vault } = temporaryVault();
    const [recoveryId, elsewhere] = [newId(), newId()];
    const completed = async (id: string) =>
      writeRecoveryDocument(vault, id, 'report', { outcome: 'recovered', backupId: `B-${id}`, steps: [] });
    await completed(recoveryId);
    await completed(elsewhere);
    const found = await readVaultBackups(vault);
    const servers = await startTwoServers(bed);
    try {
      const database = `${bed.prefix}_kept`;
      const [old, live] = [servers.bed.adminUrl, servers.second.adminUrl].map((admin) =>
        withDatabase(admin, database),
      ) as [string, string];
      const uses = () => findUses(vault, found, { databaseUrl: old, targetDatabaseUrl: live }, new Date());
      await makeMarked(old, { recoveryId, sinkServer: describeServer(old) });
      expect(await uses()).toEqual([]);
      await makeMarked(live, { recoveryId, sinkServer: describeServer(live) });
      const use = { backupId: `B-${recoveryId}`, by: `${describeServer(old)} is kept for an undo of it` };
      expect(await uses()).toEqual([use]);
      await withClient(servers.bed.adminUrl, (admin) => admin.query(`DROP DATABASE "${database}"`));
      expect(await uses()).toEqual([]);
      await servers.loseFirst();
      // It may come back.
      expect(await uses()).toEqual([use]);
    } finally {
      await servers.stop();
    }
  }, 300_000);
});

/** A database as a redirect leaves it behind, or makes it live. */
async function makeMarked(url: string, marker: { recoveryId: string; sinkServer: string }): Promise<void> {
  const database = new URL(url).pathname.slice(1);
  await withClient(withDatabase(url, 'postgres'), (admin) => admin.query(`CREATE DATABASE "${database}"`));
  await withSession(url, { purpose: 'test' }, async (session) => {
    await session.query(RECOVERY_SCHEMA_SQL);
    await session.query(
      `INSERT INTO msr_recovery.recovery (recovery_id, backup_id, phase) VALUES ($1, 'none', 'live')`,
      [marker.recoveryId],
    );
    await writeMarker(session, { ...marker, offsets: [] }, 'set');
  });
}
