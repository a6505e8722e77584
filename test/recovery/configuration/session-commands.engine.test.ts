import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { runMsr } from '../../cli/run-msr.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-sessions-'));
let msr: Msr;
let before: string;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'sessions', partitions: 1 });
  await change(`UPDATE msr.session SET user_id = E'a\\tb\\\\.\\n"Ünï'' (x,y)' WHERE user_id = 'user-2'`);
  before = await sessions();
  const backup = await run('backup', '--ignore-maintenance');
  expect(backup.exitCode, backup.stderr).toBe(0);
});
afterAll(async () => {
  await msr?.drop();
  rmSync(vault, { recursive: true, force: true });
});

const run = (...args: string[]) => runMsr(args, msr.env(vault));
const change = (sql: string) => msr.query('admin', (session) => session.query(sql));

async function sessions(): Promise<string> {
  const { rows } = await msr.query('admin', (session) =>
    session.query<{ all: string }>(
      `SELECT string_agg(t::text, E'\\n' ORDER BY id) AS all FROM msr.session AS t`,
    ),
  );
  return rows[0]?.all ?? '';
}

test('sessions that are missing or differ come back as they were, later ones stay, and it can be undone', async () => {
  expect((await run('sessions', 'diff')).stdout).toMatch(
    /^no session of the backup \S+ is missing or differs/,
  );
  await change(`DELETE FROM msr.session WHERE user_id IN ('user-1', 'user-3') OR user_id LIKE 'a%'`);
  await change(`UPDATE msr.session SET status = 'DAMAGED' WHERE user_id = 'user-4'`);
  await change(
    `INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by) VALUES ('later', 't', 'ACTIVE', 'l', 'l')`,
  );
  const damaged = await sessions();
  const planned = await run('sessions', 'restore');
  expect(planned.stdout).toMatch(/3 are missing, and 1 differ:/);
  expect(planned.stdout).toMatch(/session \S+: status is DAMAGED, and was ACTIVE in the backup/);
  expect(planned.stdout).toContain('nothing was changed');
  expect(await sessions()).toBe(damaged);

  const restored = await run('sessions', 'restore', '--yes', '--json');
  expect(restored.exitCode, restored.stderr).toBe(0);
  const { id } = JSON.parse(restored.stdout);
  const present = (await sessions()).split('\n').filter((row) => !row.includes(',later,'));
  expect(present).toEqual(before.split('\n'));

  const undone = await run('sessions', 'undo', id);
  expect(undone.stdout).toContain('4 sessions are again what they were before');
  expect(await sessions()).toBe(damaged);
});

test('an undo leaves everything alone where a user has gone on in a session', async () => {
  const { id } = JSON.parse((await run('sessions', 'restore', '--yes', '--json')).stdout);
  await change(`UPDATE msr.session SET last_seen_at = now() + interval '1 hour' WHERE user_id = 'user-1'`);
  const present = await sessions();
  const refused = await run('sessions', 'undo', id);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    /session \S+ has changed since the restore: its user has gone on in it\nHINT: /,
  );
  expect(await sessions()).toBe(present);
  expect((await run('sessions', 'undo', 'nonsense')).stderr).toContain(
    'no sessions were restored under nonsense',
  );
});
