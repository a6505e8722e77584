import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listBackups } from '../../../src/manifest/catalogue.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { wrapPgDump } from '../../baselines/dump/wrapped-pg-dump.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitFor } from '../../bed/wait.ts';
import { sinkState, someEvents } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { backUp, MSR_ENTRY } from '../scene.ts';

const bed = sharedBed();
const EVENTS = 200;
/** A pg_dump that writes a part of the dump and then waits for ever, or until nobody reads it any more. */
const HALF_A_DUMP = `real "$@" | { head --bytes 4000; while sleep 0.1; do echo more || exit 1; done; }`;

describe('a backup that is killed in the midst of its dump', () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'midst' });
    await msr.produce(someEvents(msr, EVENTS));
    await msr.waitForEvents(EVENTS);
  });
  afterAll(() => msr?.drop());

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  /** Every file of the vault's backups, those that the vault hides too. */
  function files(): string[] {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.startsWith('backups/'),
    );
  }

  async function killInTheMidst(): Promise<void> {
    const env = { ...msr.env(directory), MSR_PG_BIN: wrapPgDump(msr, directory, HALF_A_DUMP) };
    const args = ['--import', import.meta.resolve('tsx'), MSR_ENTRY, 'backup', '--ignore-maintenance'];
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
    await waitFor('half a dump', () => files().some((path) => path.includes('tmp-database.dump')));
    expect(await sinkState(msr)).toBe('RUNNING');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it('has no manifest, is seen to be incomplete, and the next backup removes all of it', async () => {
    await killInTheMidst();
    const vault = openVault(`file://${directory}`);
    const [left, ...others] = await listBackups(vault);
    expect(left).toMatchObject({ state: 'incomplete' });
    expect(others).toEqual([]);
    const { id } = await backUp(msr, directory);
    expect(files().sort()).toEqual([
      `backups/${id}`,
      `backups/${id}/database.dump`,
      `backups/${id}/head.json`,
      `backups/${id}/manifest.json`,
    ]);
  });

  it('leaves no program behind: pg_dump ends with who reads it', async () => {
    await killInTheMidst();
    await waitFor('pg_dump to end', () => !runs(directory));
  });
});

/** Whether a program of this directory still runs; `/proc` is asked, since a shell's name says nothing. */
function runs(directory: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => commandLine(pid).includes(directory));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
}
