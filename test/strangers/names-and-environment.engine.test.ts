import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../cli/run-msr.ts';
import { sinkState, someEvents, tally } from '../freeze/scene.ts';

/**
 * Three reports in one world. pgbackrest/pgbackrest#730: a database's name with `=` in it broke the backup's
 * own catalogue. EnterpriseDB/barman#794: a vault below a folder named `(test)` could be written and not be
 * restored from. ikalnytskyi/action-setup-postgres#13: what a shell exports for psql is obeyed by every libpq
 * below it.
 */
const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr (te st) #1 %41 -'));
/** Each of them would lead pg_dump or pg_restore astray, or make times and messages read otherwise. */
const SURROUNDINGS = {
  ...{
    PGHOSTADDR: '203.0.113.7',
    PGHOST: 'elsewhere.invalid',
    PGPORT: '1',
    PGDATABASE: 'other',
    PGUSER: 'me',
  },
  ...{ PGPASSWORD: 'wrong', PGSERVICE: 'other', PGTARGETSESSIONATTRS: 'standby', PG_COLOR: 'always' },
  ...{ PGOPTIONS: '-c default_transaction_read_only=on', PGDATESTYLE: 'German', PGTZ: 'Asia/Kathmandu' },
  ...{ TZ: 'Asia/Kathmandu', LANG: 'de_DE.UTF-8' },
};

let msr: Msr;
let produced = 0;

beforeAll(async () => {
  const database = `${bed.prefix}_o'r=b "c" 41%`;
  const topics = [`${bed.prefix}.odd.gis.geo_entity`];
  msr = await bed.createMsr({ name: 'odd', database, topics, connector: `${bed.prefix} odd sink (1+1)` });
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

function run(...args: string[]): Promise<MsrResult> {
  const env = { ...msr.env('/'), MSR_VAULT_URL: pathToFileURL(vault).href, ...SURROUNDINGS };
  return runMsr(args, env, { rehearsed: true });
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): MsrResult {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
  return result;
}

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 100, produced + 1));
  produced += 100;
  await msr.waitForEvents(produced);
}

async function expectEverythingOnce(): Promise<void> {
  await produceMore();
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
}

test('what has odd names, in odd surroundings, is backed up, and its recovery rehearsed', async () => {
  await produceMore();
  const backup = JSON.parse(expectEnd(await run('backup', '--ignore-maintenance', '--json'), 0).stdout);
  expect(backup).toMatchObject({ database: msr.database, rehearsal: { outcome: 'passed', faults: [] } });
  expectEnd(await run('backups', 'verify', backup.id), 0);
  const { checks } = JSON.parse((await run('doctor', '--json')).stdout);
  expect(checks).toContainEqual(expect.objectContaining({ name: 'sink database', outcome: 'ok' }));
});

test('where nobody names a server of recoveries, the backup says that it was not rehearsed', async () => {
  const { MSR_TARGET_DATABASE_URL: _, ...env } = msr.env('/');
  const named = { ...env, MSR_VAULT_URL: pathToFileURL(vault).href };
  const taken = expectEnd(await runMsr(['backup', '--ignore-maintenance'], named, { rehearsed: true }), 0);
  expect(taken.stdout).toContain(
    'whether it restores could not be verified: MSR_TARGET_DATABASE_URL names no server of recoveries',
  );
});

test('it is recovered under its name, and the recovery is undone', async () => {
  await produceMore();
  const recovered = expectEnd(await run('recover', '--force', '--yes'), 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await expectEverythingOnce();
  expectEnd(await run('recover', '--undo', '--yes'), 0);
  await expectEverythingOnce();
});
