import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBackup } from '../../src/backup/take-backup.ts';
import type { Failpoint } from '../../src/core/failpoint.ts';
import { listBackups } from '../../src/manifest/catalogue.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { wrapPgDump } from '../baselines/dump/wrapped-pg-dump.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runChild, sinkState, someEvents, tally, waitForThaw } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { backUp, backupContext, heldByDump } from './scene.ts';

const bed = sharedBed();

describe('a backup that is broken off', () => {
  let msr: Msr;
  let produced = 0;
  let directory: string;
  let vault: Vault;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'broken', tasks: 2 });
  });
  afterAll(() => msr?.drop());

  beforeEach(async () => {
    directory = temporaryDirectory();
    vault = openVault(`file://${directory}`);
    await msr.produce(someEvents(msr, 200, produced + 1));
    produced += 200;
  });

  async function states(): Promise<string[]> {
    return (await listBackups(vault)).map(({ state }) => state);
  }

  /** The next backup is whole, alone in the vault, and every event is in the live database once. */
  async function expectNextBackupWhole(): Promise<void> {
    await msr.waitForEvents(produced);
    const manifest = await backUp(msr, directory);
    expect(manifest.events.count).toBe(produced);
    expect((await heldByDump(msr, directory, manifest)).numbers).toHaveLength(produced);
    expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  }

  const failpoints: ReadonlyArray<readonly [Failpoint, readonly string[]]> = [
    ['sink-stop.before', ['incomplete']],
    ['sink-stop.after', ['incomplete']],
    ['sink-resume.before', ['incomplete']],
    ['sink-resume.after', ['incomplete']],
    ['manifest-write.before', ['incomplete']],
    ['manifest-write.after', ['complete']],
  ];
  it.each(failpoints)('by kill -9 at %s leaves the sink running and %j backups', async (failpoint, left) => {
    const args = ['backup', '--ignore-maintenance'];
    const child = await runChild('../../bin/msr.ts', args, msr.env(directory), failpoint);
    expect(child, child.said).toMatchObject({ signal: 'SIGKILL' });
    expect(child.said).not.toContain('Warning');
    await waitForThaw(vault, msr.connector);
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await states()).toEqual(left);
    await expectNextBackupWhole();
    expect(await states()).toEqual(left.includes('complete') ? ['complete', 'complete'] : ['complete']);
  });

  it('by a pg_dump that dies midway leaves nothing, and tells why', async () => {
    await msr.waitForEvents(produced);
    const script = 'real "$@" | head --bytes 4000\nkill -9 $$';
    const env = { MSR_PG_BIN: wrapPgDump(msr, directory, script) };
    await expect(backUp(msr, directory, env)).rejects.toMatchObject({
      name: 'PgToolError',
      message: expect.stringMatching(/^pg_dump failed: exit (SIGKILL|137)$/),
    });
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await vault.list('backups/')).toEqual([]);
    expect(existsSync(join(directory, 'freezes', `${msr.connector}.json`))).toBe(false);
    await expectNextBackupWhole();
  });

  it('by the loss of its snapshot leaves nothing', async () => {
    await msr.waitForEvents(produced);
    const victims = `application_name = 'msr backup snapshot' AND datname = current_database()`;
    const kill = `sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${victims}" > /dev/null`;
    const env = { MSR_PG_BIN: wrapPgDump(msr, directory, `${kill}\nreal "$@"`) };
    await expect(backUp(msr, directory, env)).rejects.toThrow();
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await vault.list('backups/')).toEqual([]);
    await expectNextBackupWhole();
  });

  it('by Ctrl-C leaves nothing', async () => {
    await msr.waitForEvents(produced);
    const abort = new AbortController();
    const update = () => abort.abort(new Error('interrupted'));
    const ctx = {
      ...backupContext(msr, directory),
      progress: { note: () => {}, update },
      signal: abort.signal,
    };
    await expect(takeBackup(ctx)).rejects.toThrow('interrupted');
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await vault.list('backups/')).toEqual([]);
    await expectNextBackupWhole();
  });
});
