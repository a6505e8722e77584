import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withSession } from '../../../src/clients/postgres.ts';
import { newId } from '../../../src/core/ids.ts';
import { readDigests } from '../../../src/ledger/read-digests.ts';
import { newDatabaseName } from '../../../src/live/database-names.ts';
import { readJobs, readSavedJobs, releaseJobs } from '../../../src/live/jobs.ts';
import { readRecoveryState } from '../../../src/live/phase.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { restoreDatabase } from '../../../src/recovery/restore/restore.ts';
import {
  BaselineMismatchError,
  DamagedBackupError,
  UnfitTargetError,
} from '../../../src/recovery/restore/restore-errors.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { recoveryContext } from '../recovery-context.ts';
import { type BackedUpMsr, backedUpMsr } from './restored-msr.ts';

const bed = sharedBed();
let backup: BackedUpMsr;

beforeAll(async () => {
  backup = await backedUpMsr('restore', { days: 4 });
});
afterAll(() => backup.drop());

/** The server's databases of this MSR: what a refused restore must leave as they are. */
async function databases(): Promise<string[]> {
  return withClient(bed.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1',
      [backup.msr.database],
    );
    return rows.map(({ datname }) => datname);
  });
}

async function dropAtEnd(recoveryId: string): Promise<string> {
  const name = newDatabaseName(backup.msr.database, recoveryId);
  onTestFinished(() =>
    withClient(bed.adminUrl, async (admin) => {
      await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    }),
  );
  return name;
}

describe('a restore beside the live database', () => {
  it('holds exactly the backup, closed to others, its jobs asleep, and is done once', async () => {
    const { msr, vault, manifest } = backup;
    const notes: string[] = [];
    const entries: number[] = [];
    const ctx = recoveryContext(msr, vault, {
      progress: {
        note: (message) => void notes.push(message),
        update: ({ activity, done, total }) => {
          if (activity === 'restore data') entries.push(done / (total ?? 0));
        },
      },
    });
    const name = await dropAtEnd(ctx.recoveryId);
    const restored = await restoreDatabase(ctx, manifest);
    expect(restored).toMatchObject({ database: name, skipped: false, remarks: [] });
    // Every table of rows was counted, so that progress ends at its end.
    expect(entries.at(-1)).toBe(1);

    await withSession(restored.targetUrl, { purpose: 'test' }, async (session) => {
      expect(await readDigests(session)).toEqual(manifest.digests);
      expect(await readRecoveryState(session)).toMatchObject({
        recoveryId: ctx.recoveryId,
        backupId: manifest.id,
        phase: 'restored',
        round: 1,
      });
      expect((await readJobs(session)).filter(({ scheduled }) => scheduled)).toEqual([]);
      expect(await readSavedJobs(session)).toEqual(manifest.jobs);
      const { rows } = await session.query(
        `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit AS "limit", datacl::text[] AS acl,
                shobj_description(oid, 'pg_database') AS comment, current_setting('work_mem') AS work_mem,
                (SELECT sum(count)::int FROM msr_recovery.base_digest WHERE round = 1) AS base
         FROM pg_database WHERE datname = current_database()`,
      );
      expect(rows[0]).toEqual({
        owner: manifest.databaseSettings.owner,
        limit: 0,
        acl: manifest.databaseSettings.acl,
        comment: `MSR Recovery ${ctx.recoveryId} from backup ${manifest.id}: restored, not live yet`,
        work_mem: '5MB',
        base: manifest.events.count,
      });
    });
    await expect(withClient(msr.url('api', name), async () => {})).rejects.toThrow(/too many connections/);
    await withClient(bed.adminUrl, (admin) => admin.query(`ALTER DATABASE "${name}" CONNECTION LIMIT -1`));
    await withClient(msr.url('api', name), (api) => api.query('SELECT FROM msr.session'));

    expect(await restoreDatabase(ctx, manifest)).toMatchObject({ database: name, skipped: true });
    expect(notes.at(-1)).toBe(`database ${name} is restored already`);
    if (bed.edition === 'community') await releasesJobsAsTheyWere(restored.targetUrl, manifest);
  });

  async function releasesJobsAsTheyWere(url: string, manifest: Manifest): Promise<void> {
    expect(manifest.jobs.map(({ scheduled }) => scheduled).sort()).toEqual([false, true, true, true]);
    // A policy that is made anew has another id, and is scheduled, also where the backup's was asleep.
    await withClient(url, async (admin) => {
      await admin.query('SELECT msr.recreate_policies()');
      await admin.query('SELECT alter_job(job_id, scheduled => true) FROM timescaledb_information.jobs');
    });
    await withSession(url, { purpose: 'test' }, async (session) => {
      await releaseJobs(session);
      expect(await readJobs(session)).toEqual(manifest.jobs);
    });
  }

  it.each([
    ['in the middle of the rows', 'restore data'],
    ['before the jobs are asleep', 'put the jobs to sleep'],
    ['after the jobs may have run', 'analyze'],
  ])('killed %s, is dropped and done again', async (_, moment) => {
    const { msr, vault, vaultDir, manifest } = backup;
    const recoveryId = newId();
    const name = await dropAtEnd(recoveryId);
    const script = fileURLToPath(new URL('restore-killed.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, recoveryId, manifest.id, moment], {
      env: msr.env(vaultDir),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect((await once(child, 'close'))[1]).toBe('SIGKILL');
    expect(await databases()).toContain(name);

    const restored = await restoreDatabase(recoveryContext(msr, vault, { recoveryId }), manifest);
    expect(restored).toMatchObject({ database: name, skipped: false });
    await withSession(restored.targetUrl, { purpose: 'test' }, async (session) => {
      expect(await readDigests(session)).toEqual(manifest.digests);
      expect(await readSavedJobs(session)).toEqual(manifest.jobs);
    });
  });

  it('makes the roles that are missing, and tells what the operator has to do', async () => {
    const { msr, vault, manifest } = backup;
    const role = `${bed.prefix}_restored`;
    const ctx = recoveryContext(msr, vault);
    const name = await dropAtEnd(ctx.recoveryId);
    onTestFinished(() =>
      withClient(bed.adminUrl, async (admin) => {
        await admin.query(`DROP ROLE IF EXISTS "${role}"`);
      }),
    );
    const { remarks } = await restoreDatabase(ctx, {
      ...manifest,
      roles: [
        {
          name: role,
          login: true,
          createDatabase: false,
          createRole: false,
          superuser: true,
          replication: false,
          bypassRls: false,
          inherit: true,
          connectionLimit: 7,
          memberOf: ['pg_read_all_data'],
        },
      ],
      databaseSettings: {
        ...manifest.databaseSettings,
        settings: [{ role: 'nobody', name: 'work_mem', value: '1MB' }],
      },
    });
    expect(remarks).toEqual([
      `role ${role} was missing and was created without a password: set one before it is used`,
      `role ${role} was created without SUPERUSER`,
      `the server refused ALTER ROLE "nobody" IN DATABASE "${name}" SET "work_mem" TO '1MB': ` +
        'role "nobody" does not exist',
    ]);
    await withClient(bed.adminUrl, async (admin) => {
      const { rows } = await admin.query(
        `SELECT rolsuper, rolcanlogin, rolconnlimit, pg_has_role($1, 'pg_read_all_data', 'MEMBER') AS member
         FROM pg_authid WHERE rolname = $1 AND rolpassword IS NULL`,
        [role],
      );
      expect(rows).toEqual([{ rolsuper: false, rolcanlogin: true, rolconnlimit: 7, member: true }]);
    });
  });

  it("leaves somebody else's database of that name alone", async () => {
    const { msr, vault, manifest } = backup;
    const ctx = recoveryContext(msr, vault);
    const name = await dropAtEnd(ctx.recoveryId);
    await withClient(bed.adminUrl, (admin) => admin.query(`CREATE DATABASE "${name}" TEMPLATE template0`));
    await withClient(msr.url('admin', name), (admin) => admin.query('CREATE TABLE precious (n int)'));
    await expect(restoreDatabase(ctx, manifest)).rejects.toThrow(
      `database ${name} exists and is not this recovery's`,
    );
    await withClient(msr.url('admin', name), (admin) => admin.query('DROP TABLE precious'));
    // An empty one of that name is what a run leaves that is killed between its creation and its comment.
    expect(await restoreDatabase(ctx, manifest)).toMatchObject({ skipped: false });
  });
});

describe('a restore that must not be', () => {
  async function refused(manifest: Manifest): Promise<unknown> {
    const before = await databases();
    const ctx = recoveryContext(backup.msr, backup.vault);
    const reason = await restoreDatabase(ctx, manifest).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await databases()).toEqual(before);
    return reason;
  }

  /** Runs `work` with the dump changed, and puts it back. */
  async function withDumpChanged<T>(
    change: (file: string, content: Buffer) => Promise<void>,
    work: (manifest: Manifest) => Promise<T>,
  ): Promise<T> {
    const { manifest, vaultDir } = backup;
    const [artifact] = manifest.artifacts;
    const file = join(vaultDir, artifact?.path ?? '');
    const content = await readFile(file);
    try {
      await change(file, Buffer.from(content));
      return await work(manifest);
    } finally {
      await writeFile(file, content);
    }
  }

  /** A manifest of the damaged dump: what is left to find is what only reading all of it finds. */
  async function blessed(manifest: Manifest): Promise<Manifest> {
    const [artifact] = manifest.artifacts;
    if (artifact === undefined) throw new Error('the manifest has no artifact');
    const content = await readFile(join(backup.vaultDir, artifact.path));
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { ...manifest, artifacts: [{ ...artifact, bytes: content.length, sha256 }] };
  }

  const half = (file: string, content: Buffer) => truncate(file, Math.floor(content.length / 2));
  const bitFlipped = async (file: string, content: Buffer): Promise<void> => {
    const at = Math.floor(content.length / 2);
    content.writeUInt8(content.readUInt8(at) ^ 0x10, at);
    await writeFile(file, content);
  };

  it('refuses half a dump', async () => {
    await withDumpChanged(half, async (manifest) => {
      const reason = await refused(manifest);
      expect(reason).toBeInstanceOf(DamagedBackupError);
      expect(String(reason)).toMatch(/has \d+ bytes; the manifest says \d+/);
      const unreadable = await refused(await blessed(manifest));
      expect(unreadable).toBeInstanceOf(DamagedBackupError);
      expect(String(unreadable)).toContain('the dump cannot be read: pg_restore failed');
    });
  });

  it('refuses a dump with one bit flipped', async () => {
    await withDumpChanged(bitFlipped, async (manifest) => {
      const reason = await refused(manifest);
      expect(reason).toBeInstanceOf(DamagedBackupError);
      expect(String(reason)).toMatch(/has SHA-256 [0-9a-f]{64}; the manifest says [0-9a-f]{64}/);
    });
  });

  it('refuses a dump that is not there', async () => {
    const { manifest } = backup;
    const elsewhere = { ...manifest, id: newId() };
    expect(await refused(elsewhere)).toBeInstanceOf(DamagedBackupError);
  });

  it('refuses another version of TimescaleDB, and an older PostgreSQL', async () => {
    const { manifest } = backup;
    const { server } = manifest;
    const version = await refused({ ...manifest, server: { ...server, timescaledbVersion: '2.1.0' } });
    expect(version).toBeInstanceOf(UnfitTargetError);
    expect(String(version)).toContain('the backup is of TimescaleDB 2.1.0; ');
    const major = await refused({ ...manifest, server: { ...server, postgresVersion: 990001 } });
    expect(String(major)).toContain('the backup is of PostgreSQL 99; ');
  });

  it('refuses a server without the locale', async () => {
    const { manifest } = backup;
    const server = { ...manifest.server, collation: 'tlh_QO.UTF-8' };
    expect(String(await refused({ ...manifest, server }))).toContain(
      'the server has no locale tlh_QO.UTF-8 with encoding UTF8',
    );
  });

  it('refuses a role that is no superuser', async () => {
    const { msr, vault, manifest } = backup;
    const ctx = recoveryContext(msr, vault);
    const settings = { ...ctx.settings, targetDatabaseUrl: msr.url('owner', 'postgres') };
    await expect(restoreDatabase({ ...ctx, settings }, manifest)).rejects.toThrow(/is no superuser$/);
  });

  it('does not call restored what is not what the manifest says, and keeps it as evidence', async () => {
    const { msr, vault, manifest } = backup;
    const [first, ...others] = manifest.digests;
    if (first === undefined) throw new Error('the manifest has no digests');
    const digests = [{ ...first, sum: String(BigInt(first.sum) + 1n) }, ...others];
    const ctx = recoveryContext(msr, vault);
    const name = await dropAtEnd(ctx.recoveryId);
    const restoring = restoreDatabase(ctx, { ...manifest, digests });
    await expect(restoring).rejects.toBeInstanceOf(BaselineMismatchError);
    await expect(restoring).rejects.toThrow(
      `the restored database ${name} is not what the manifest says: ` +
        `${first.table} in the hour of ${first.hour} has ${first.count} events as it should, but others`,
    );
    expect(await databases()).toContain(name);
    await withSession(msr.url('admin', name), { purpose: 'test' }, async (session) => {
      expect(await readRecoveryState(session)).toBeUndefined();
    });
  });
});
