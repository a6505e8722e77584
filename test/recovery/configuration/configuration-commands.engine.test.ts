import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type CliResult, runCli } from '../../cli/run-cli.ts';
import { runMsr } from '../../cli/run-msr.ts';
import { someEvents } from '../../freeze/scene.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-configuration-'));
let msr: Msr;
const backups: string[] = [];

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'configuration', partitions: 1 });
  await msr.produce(someEvents(msr, 20, 1));
  await msr.waitForEvents(20);
  await backUp();
  await set('MAX_PLAYBACK_RANGE', '0');
  // Somebody corrupts it, and the next backup holds the corruption already.
  await backUp();
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<CliResult> => runCli(args, msr.env(vault));

async function backUp(): Promise<void> {
  const { stdout, stderr } = await run('backup', '--ignore-maintenance', '--json');
  const { id } = JSON.parse(stdout);
  expect(id, stderr).toBeDefined();
  backups.push(id);
}

async function set(key: string, value: string): Promise<void> {
  await msr.query('admin', (session) =>
    session.query('UPDATE msr.configuration SET value = $2 WHERE config_key = $1', [key, value]),
  );
}

async function values(): Promise<Record<string, string | null>> {
  const { rows } = await msr.query('admin', (session) =>
    session.query('SELECT config_key, value FROM msr.configuration'),
  );
  return Object.fromEntries(rows.map(({ config_key, value }) => [config_key, value]));
}

test('the diff names what MSR cannot run by, and passes the backup over that holds it already', async () => {
  const { stdout } = await run('configuration', 'diff');
  expect(stdout).toContain(
    'cannot run by the live configuration: MAX_PLAYBACK_RANGE is 0, not a number above 0',
  );
  expect(stdout).toContain(`passed over, the backup ${backups[1]} holds the fault already`);
  expect(stdout).toMatch(/^MAX_PLAYBACK_RANGE +0 +7$/m);
  expect((await run('configuration', 'diff', '--backup', backups[1] ?? '')).stderr).toContain(
    'is faulty, too',
  );
});

test('a restore changes nothing unasked; asked, it sets the values, and its undo puts the old ones back', async () => {
  await set('MAX_ACTIVE_SESSIONS', 'many');
  await msr.query('admin', (session) =>
    session.query("DELETE FROM msr.configuration WHERE config_key = 'DATA_RETENTION_CRON_EXPRESSION'"),
  );
  const corrupted = await values();
  expect((await run('configuration', 'restore')).stdout).toContain('nothing was changed');
  expect(await values()).toEqual(corrupted);

  const { id } = JSON.parse((await run('configuration', 'restore', '--yes', '--json')).stdout);
  expect(await values()).toMatchObject({
    MAX_PLAYBACK_RANGE: '7',
    MAX_ACTIVE_SESSIONS: '5',
    DATA_RETENTION_CRON_EXPRESSION: '0 3 * * *',
  });
  expect((await run('configuration', 'diff')).stdout).toContain('MSR can run by the live configuration');

  const undone = await run('configuration', 'undo', id);
  expect(undone, undone.stderr).toMatchObject({ exitCode: 0 });
  expect(await values()).toEqual(corrupted);
});

test('an undo leaves alone what somebody has changed since', async () => {
  const { id } = JSON.parse((await run('configuration', 'restore', '--yes', '--json')).stdout);
  await set('MAX_ACTIVE_SESSIONS', '9');
  const refused = await run('configuration', 'undo', id);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('MAX_ACTIVE_SESSIONS has changed since the restore: it was 5, and is 9');
  expect(await values()).toMatchObject({ MAX_PLAYBACK_RANGE: '7', MAX_ACTIVE_SESSIONS: '9' });
});

test('a recovery is led to it by the evidence, asks for the very values, sets them, and is undone', async () => {
  await set('MAX_PLAYBACK_RANGE', '-1');
  await set('MAX_ACTIVE_SESSIONS', '7');
  const before = await values();
  const planned = await runMsr(['recover', '--dry-run'], msr.env(vault));
  expect(planned.stdout).toMatch(/^procedure +configuration: /m);
  expect(planned.stdout).toContain('MAX_PLAYBACK_RANGE is -1, and was 7 in the backup');
  expect(await values()).toEqual(before);

  const recovered = await runMsr(['recover', '--yes'], msr.env(vault));
  expect(recovered.exitCode, recovered.stderr).toBe(0);
  expect(recovered.stdout).toContain('RECOVERED');
  expect(await values()).toMatchObject({ MAX_PLAYBACK_RANGE: '7', MAX_ACTIVE_SESSIONS: '5' });

  const undone = await runMsr(['recover', '--undo', '--yes'], msr.env(vault));
  expect(undone.exitCode, undone.stderr).toBe(0);
  expect(await values()).toEqual(before);
}, 180_000);
