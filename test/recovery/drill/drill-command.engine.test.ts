import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAtDrills } from '../../../src/health/look-at-drills.ts';
import { newDatabaseName } from '../../../src/live/database-names.ts';
import { writeJson } from '../../../src/vault/json-documents.ts';
import { withLock } from '../../../src/vault/lock.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { type CliResult, runCli } from '../../cli/run-cli.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';

const bed = sharedBed();
const directory = mkdtempSync(join(tmpdir(), 'msr-drill-command-'));
const vault = openVault(new URL(`file://${directory}`).href);
let msr: Msr;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'drilled', partitions: 2 });
  await msr.produce(someEvents(msr, 200, 1));
  await msr.waitForEvents(200);
  const backup = await run('backup', '--ignore-maintenance', '--no-rehearsal');
  expect(backup.exitCode, backup.stderr).toBe(0);
  await msr.produce(someEvents(msr, 100, 201));
  await msr.waitForEvents(300);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<CliResult> => runCli(args, msr.env(directory));

async function databases(): Promise<string[]> {
  return await withClient(msr.url('admin', 'postgres'), async (client) => {
    const { rows } = await client.query('SELECT datname AS name FROM pg_database WHERE datname LIKE $1', [
      `${msr.database}%`,
    ]);
    return rows.map(({ name }) => name);
  });
}

test('a drill recovers all but the cutover, proves it, and leaves nothing but its report', async () => {
  const left = newDatabaseName(msr.database, '20261101T040000Z-0001');
  await withClient(msr.url('admin', 'postgres'), (client) => client.query(`CREATE DATABASE "${left}"`));
  await writeJson(vault, VaultPath.drillStarted('20261101T040000Z-0001'), { drillId: 'killed' });

  const drilled = await run('drill', '--json');
  expect(drilled.exitCode, drilled.stderr).toBe(0);
  const report = JSON.parse(drilled.stdout);
  expect(report).toMatchObject({ verdict: 'passed', replayed: { records: 100, whole: true } });
  expect(report.steps.map(({ name }: { name: string }) => name)).toEqual([
    'restore',
    'replay',
    'prove',
    'rebuild',
    'validate',
  ]);
  const page = (await vault.readDocument(VaultPath.drillPage(report.drillId)))?.content;
  expect(page).toContain('<h1 class="ok">Drill passed</h1>');
  expect(page).toContain('Ledger: every record is accounted for');
  expect(drilled.stderr).toContain(`dropped ${left}`);
  expect(await databases()).toEqual([msr.database]);
  expect([await sinkState(msr), await tally(msr)]).toEqual(['RUNNING', { rows: 300, numbers: 300 }]);
  expect((await lookAtDrills(vault))[0]).toMatchObject({ kind: 'drill', id: report.drillId, passed: true });
});

test('a drill makes room for a recovery, and says so', async () => {
  const skipped = await withLock(vault, { purpose: 'recover' }, () => run('drill', '--json'));
  expect(skipped.exitCode).toBe(2);
  expect(JSON.parse(skipped.stdout)).toMatchObject({
    verdict: 'skipped',
    failure: { error: 'DrillOvertakenError' },
  });
});

test('a drill that finds what a recovery would trip over has failed, and its database is gone all the same', async () => {
  const broken = await runCli(['drill', '--json'], { ...msr.env(directory), MSR_SINK_CONNECTOR: 'nobody' });
  expect(broken.exitCode).toBe(1);
  const report = JSON.parse(broken.stdout);
  expect(report).toMatchObject({ verdict: 'failed', steps: [{ name: 'restore' }] });
  expect(report.failure.message).toContain('nobody');
  expect(await databases()).toEqual([msr.database]);
  expect((await lookAtDrills(vault))[0]).toMatchObject({ id: report.drillId, passed: false });
});
