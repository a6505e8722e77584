import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HEALTH_NODE_FLAGS } from '../../lib/health/health.ts';
import { lambdaBundle } from '../../lib/runtime/bundling.ts';
import { runHealth } from '../../src/health/run-health.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/bed.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runCli } from '../cli/run-cli.ts';
import { databaseCpu } from './database-cpu.ts';
import { copyBackups, fillChunks, fillLog } from './large-msr.ts';

const BACKUPS = 10_000;
const PARTITIONS = 1_000;
const CHUNKS = 10_000;
const ROWS = 100_000_000;

const MOST_SECONDS = 10;
const MOST_MB = 256;
const MOST_DATABASE_MS = 50;

/**
 * The Lambda's handler as it is deployed, once; it leaves what it had resident at the most (Linux), in kB.
 * That is its own share, where getrusage() would tell its parent's, too.
 */
const ONE_RUN = `
const { handler } = await import(process.env.BENCH_BUNDLE);
await handler({}, { getRemainingTimeInMillis: () => 110_000 });
const { readFileSync, writeFileSync } = await import('node:fs');
writeFileSync(process.env.BENCH_RSS, /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
process.exit();`;

const bed = sharedBed();
const reportSchema = z.object({
  seconds: z.number(),
  results: z.array(z.object({ check: z.string(), status: z.string(), evidence: z.array(z.string()) })),
});

/** `npx vitest run --project nightly test/nightly/health-figures.nightly.test.ts` */
describe(`a health run with ${BACKUPS} backups, ${PARTITIONS} partitions, ${CHUNKS} chunks (${bed.edition})`, () => {
  let msr: Msr;
  let directory: string;
  let env: Record<string, string>;
  let vault: Vault;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-figures-'));
    vault = openVault(`file://${directory}`);
    msr = await bed.createMsr({ name: 'figures', partitions: PARTITIONS / 2, jobs: false });
    env = msr.env(directory);
    await fillLog(msr, 20_000);
    const backup = await runCli(['backup', '--no-rehearsal'], env);
    expect(backup.exitCode, backup.stderr).toBe(0);
    const verified = await runCli(['backups', 'verify', '--oldest', '--no-rehearsal'], env);
    expect(verified.exitCode, verified.stderr).toBe(0);
    await copyBackups(vault, directory, BACKUPS);
    await fillChunks(msr, CHUNKS, ROWS);
  }, 1_200_000);
  afterAll(async () => {
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  }, 600_000);

  /** What AWS starts, in a process of its own. */
  async function healthProcess() {
    const rss = join(directory, '.rss');
    const bundle = pathToFileURL(join(lambdaBundle('health/health.lambda.ts'), 'index.mjs')).href;
    const args = [...HEALTH_NODE_FLAGS, '--input-type=module', '--eval', ONE_RUN];
    await promisify(execFile)(process.execPath, args, {
      env: { ...env, BENCH_RSS: rss, BENCH_BUNDLE: bundle, AWS_LAMBDA_FUNCTION_NAME: 'health' },
      maxBuffer: 2 ** 26,
    });
    const latest = await vault.readDocument(VaultPath.latestHealth);
    const megabytes = Number(await readFile(rss, 'utf8')) / 1024;
    return { report: reportSchema.parse(JSON.parse(latest?.content ?? '')), megabytes };
  }

  const unknownOf = ({ results }: z.infer<typeof reportSchema>) =>
    results.flatMap(({ check, status, evidence }) =>
      status === 'unknown' ? [`${check}: ${evidence[0]}`] : [],
    );

  test('takes seconds and little memory, the first ones too, which have seen nothing yet', async () => {
    for (let run = 1; run <= 50; run += 1) {
      const { report, megabytes } = await healthProcess();
      const integrity = report.results.find(({ check }) => check === 'vault-integrity');
      console.log(
        `run ${run}: ${report.seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB; ${integrity?.evidence[0]}`,
      );
      expect(unknownOf(report)).toEqual([]);
      expect.soft(report.seconds).toBeLessThan(MOST_SECONDS);
      expect.soft(megabytes).toBeLessThan(MOST_MB);
      if (integrity?.evidence[0]?.startsWith(`of ${BACKUPS} `)) return;
    }
    throw new Error('after fifty runs some backup was still not looked at');
  }, 600_000);

  test('asks little of the database', async () => {
    const now = new Date();
    for (let run = 1; run <= 3; run += 1) {
      const { milliseconds, sessions } = await databaseCpu(() =>
        runHealth({
          ...{ env, vault, now, signal: AbortSignal.timeout(60_000), instance: null, runsHere: true },
        }),
      );
      console.log(`the database's share: ${milliseconds.toFixed(1)} ms of one core in ${sessions} sessions`);
      expect.soft(milliseconds).toBeLessThan(MOST_DATABASE_MS);
    }
  });
});
