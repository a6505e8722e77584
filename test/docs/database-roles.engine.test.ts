import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withDatabase } from '../bed/timescale/server.ts';
import { runCli } from '../cli/run-cli.ts';

const bed = sharedBed();
const run = promisify(execFile);
const file = fileURLToPath(new URL('../../docs/database-roles.sql', import.meta.url));
const names = { backup: `${bed.prefix}_docs_backup`, recovery: `${bed.prefix}_docs_recovery` };
const passwords = { MSR_BACKUP_PASSWORD: "it's one", MSR_RECOVERY_PASSWORD: 'another' };

describe('docs/database-roles.sql', () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-roles-'));
    msr = await bed.createMsr({ name: 'roles', partitions: 1 });
    const to = new Date();
    const from = new Date(to.getTime() - 3_600_000);
    await msr.produce(history({ seed: 1, count: 100, topics: msr.topics, from, to }));
    await msr.waitForEvents(100);
  });
  afterAll(async () => {
    for (const role of Object.values(names)) {
      const exists = `SELECT FROM pg_roles WHERE rolname = '${role}'`;
      await msr?.query('admin', async (admin) => {
        if ((await admin.query(exists)).rowCount === 1)
          await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      });
    }
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  function psql(env: Readonly<Record<string, string>>) {
    const variables = Object.entries(names).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    const program = join(bed.pgBin, 'psql');
    const args = ['-X', '-q', '-d', msr.url('admin'), ...variables, '-f', file];
    return run(program, args, { env: { PATH: process.env['PATH'], ...env } });
  }

  it('does nothing without a password', async () => {
    await expect(psql({})).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('MSR_BACKUP_PASSWORD is not set'),
    });
  });

  it('makes roles that a backup and a recovery need no more than, and can be run again', async () => {
    await psql(passwords);
    await psql(passwords);
    const backupUrl = withDatabase(bed.adminUrl, msr.database, {
      user: names.backup,
      password: passwords.MSR_BACKUP_PASSWORD,
    });
    const recoveryUrl = withDatabase(bed.adminUrl, 'postgres', {
      user: names.recovery,
      password: passwords.MSR_RECOVERY_PASSWORD,
    });
    const env = { ...msr.env(directory), MSR_DATABASE_URL: backupUrl, MSR_TARGET_DATABASE_URL: recoveryUrl };
    const doctor = await runCli(['doctor'], env);
    expect(doctor.stdout).toContain(`${names.backup} may read everything and lock msr.cdc_event`);
    expect(doctor.stdout).toContain(`${names.recovery} on`);
    expect(doctor.exitCode).toBe(0);
    const backup = await runCli(['backup', '--json'], env);
    expect(backup.exitCode).toBe(0);
    expect(JSON.parse(backup.stdout)).toMatchObject({ cut: { exact: true }, events: { count: 100 } });
  });
});
