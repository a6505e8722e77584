import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlan } from '../../src/recovery/plan/make-plan.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Msr } from '../bed/bed.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runCli } from '../cli/run-cli.ts';
import { dropDatabase } from '../drill/live-database.ts';
import { request } from '../recovery/plan/sample-assessment.ts';
import { copyBackups, fillChunks, fillLog } from './large-msr.ts';

const BACKUPS = 100;
const PARTITIONS = 100;
const CHUNKS = 10_000;
const ROWS = 100_000_000;

const MOST_SECONDS = 20;

const bed = sharedBed();

/** `npx vitest run --project nightly test/nightly/plan-figures.nightly.test.ts` */
describe(`assess and plan with ${BACKUPS} backups, ${PARTITIONS} partitions, ${CHUNKS} chunks (${bed.edition})`, () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-plan-figures-'));
    msr = await bed.createMsr({ name: 'planned', partitions: PARTITIONS / 2, jobs: false });
    await fillLog(msr, 20_000);
    // Before the backup, so that its digests have as many hours as those of a hundred million events.
    await fillChunks(msr, CHUNKS, ROWS);
    const backup = await runCli(['backup', '--no-rehearsal', '--ignore-maintenance'], msr.env(directory));
    expect(backup.exitCode, backup.stderr).toBe(0);
    await runCli(['backups', 'verify', '--oldest', '--no-rehearsal'], msr.env(directory));
    await copyBackups(openVault(`file://${directory}`), directory, BACKUPS);
  }, 1_800_000);
  afterAll(async () => {
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  }, 600_000);

  async function planned(what: string) {
    const execution = { id: what, startedAt: new Date().toISOString() };
    const started = performance.now();
    const plan = await makePlan(
      openVault(`file://${directory}`),
      readSettings(msr.env(directory)),
      request(),
      execution,
    );
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${what}: ${seconds.toFixed(1)} s, ${plan.database?.state}: ${plan.database?.facts.join('; ')}`,
    );
    return { plan, seconds };
  }

  test('takes seconds while the database is alive, however many events it holds', async () => {
    const { plan, seconds } = await planned('alive');
    expect(plan.procedure).toBe('standard');
    expect(seconds).toBeLessThan(MOST_SECONDS);
  });

  test('takes less where it is lost', async () => {
    await dropDatabase(msr);
    const { plan, seconds } = await planned('lost');
    expect(plan).toMatchObject({ procedure: 'standard', database: { state: 'gone' } });
    expect(seconds).toBeLessThan(MOST_SECONDS);
  });
});
