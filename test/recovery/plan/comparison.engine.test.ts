import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentProgress } from '../../../src/core/progress.ts';
import { showBackup } from '../../../src/manifest/catalogue.ts';
import { assessDatabase } from '../../../src/recovery/plan/assess-database.ts';
import { compareAll, readComparison } from '../../../src/recovery/plan/comparison.ts';
import { makePlan } from '../../../src/recovery/plan/make-plan.ts';
import { readSettings, type Settings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { backUp } from '../../backup/scene.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitFor } from '../../bed/wait.ts';
import { runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { someEvents } from '../../freeze/scene.ts';
import { request } from './sample-assessment.ts';

const bed = sharedBed();
const directory = mkdtempSync(join(tmpdir(), 'msr-comparison-test-'));

const HOLDS_ALL = 'the live database holds all that the backup holds';

let msr: Msr;
let settings: Settings;
let vault: Vault;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'comparison' });
  settings = readSettings(msr.env(directory));
  vault = openVault(settings.vaultUrl);
  await msr.produce(someEvents(msr, 400));
  await msr.waitForEvents(400);
  await backUp(msr, directory);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await msr?.drop();
});

/** As the state machine does: a plan, then the task. */
async function planAndCompare(signal = new AbortController().signal) {
  const execution = { id: `execution-${Math.random()}`, startedAt: new Date().toISOString() };
  const { recoveryId } = await makePlan(vault, settings, request({ fullDigest: true }), execution);
  const ctx = { settings, vault, recoveryId, progress: silentProgress, signal };
  return { recoveryId, found: () => compareAll(ctx) };
}

/** An hour of events that nobody can read until it is let go. */
async function holdOldestHour(whileHeld: () => Promise<void>): Promise<void> {
  await msr.query('admin', async (client) => {
    const { rows } = await client.query<{ chunk: string }>(
      `SELECT format('%I.%I', chunk_schema, chunk_name) AS chunk FROM timescaledb_information.chunks
       WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event' ORDER BY range_start LIMIT 1`,
    );
    await client.query(`BEGIN; LOCK TABLE ${rows[0]?.chunk} IN ACCESS EXCLUSIVE MODE`);
    await whileHeld();
    await client.query('ROLLBACK');
  });
}

test('what the plan had no time for is compared in a task where it is asked for, before the plan', async () => {
  let dryRun: ReturnType<typeof runMsr> | undefined;
  const args = ['recover', '--dry-run', '--full-digest', '--json'];
  await holdOldestHour(async () => {
    dryRun = runMsr(args, msr.env(directory));
    // It stands in the vault once the look has given the hour up.
    await waitFor('the first plan', async () => (await vault.list(VaultPath.recoveries)).length > 0, {
      timeoutMs: 120_000,
    });
  });
  const { exitCode, stdout, stderr } = (await dryRun) ?? {};
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('comparing all events of the live database with the backup');
  const plan = JSON.parse(stdout ?? '');
  const found = {
    state: 'healthy',
    facts: [
      HOLDS_ALL,
      expect.stringMatching(/^all events were compared at \S+ with the backup and with Kafka$/),
    ],
    damaged: { hours: [], events: [], uncompared: 0, restSound: true, configuration: false, others: false },
    suspicions: [],
  };
  expect(await readComparison(vault, plan.recoveryId, plan.backupId)).toEqual(found);
  // What was compared of all events says more than the short look, which had the time by then.
  expect(plan.database).toMatchObject({ state: 'healthy', facts: found.facts });
  expect(plan.refusal).toContain('there is nothing to recover');
}, 240_000);

test('a loss that only a comparison of everything shows is damage in the plan after it', async () => {
  await msr.query('admin', (client) =>
    client.query(
      `DELETE FROM msr.cdc_event WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM msr.cdc_event LIMIT 1)`,
    ),
  );
  const { recoveryId, found } = await planAndCompare();
  expect(await found()).toMatchObject({ state: 'damaged' });
  const { backupId } = JSON.parse(
    (await vault.readDocument(VaultPath.recoveryDocument(recoveryId, 'comparison')))?.content ?? '',
  );
  const comparison = await readComparison(vault, recoveryId, backupId);
  const manifest = await showBackup(vault, backupId);
  const hurried = { evidenceMs: 0, comparison };
  const database = await assessDatabase(settings, manifest, undefined, hurried);
  expect(database).toMatchObject({ state: 'damaged', facts: comparison?.facts });
  expect(database.facts[0]).toMatch(/ in the hour of \S+Z has \d+ events; backup and Kafka hold \d+$/);
  expect(await readComparison(vault, recoveryId, '20010101T000000Z-0000')).toBeUndefined();
});

test('a comparison that is cancelled ends, and leaves nothing that a plan could take for one', async () => {
  const { recoveryId, found } = await planAndCompare(AbortSignal.abort(new Error('cancelled')));
  await expect(found()).rejects.toThrow('cancelled');
  expect(await vault.readDocument(VaultPath.recoveryDocument(recoveryId, 'comparison'))).toBeUndefined();
});

test('a database that is lost meanwhile breaks the comparison off, and it proves nothing', async () => {
  const { found } = await planAndCompare();
  await dropDatabase(msr);
  const comparison = await found();
  expect(comparison.state).toBe('unproven');
  expect(comparison.facts[0]).toMatch(/^the comparison of all events broke off: /);
});
