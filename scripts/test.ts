/**
 * `npm test`: every check in the order of its cost, none skipped because an earlier one failed, and one
 * closing line that counts them: each static check as one, each vitest test as one.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECORDINGS_VARIABLE } from '../test/aws/recording.ts';
import { failuresIn, vitestReport } from './vitest-report.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What failed, a paragraph each, to be read at the end: the output before it is long. */
  readonly failures?: readonly string[];
}

const scratch = mkdtempSync(join(tmpdir(), 'msr-test-'));
/** What engine tests and deployment test ask of AWS is written down there, and judged at the end. */
const recordings = join(scratch, 'aws');
process.env[RECORDINGS_VARIABLE] = recordings;
process.env['MSR_BEDS'] ||= '2';

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

async function staticCheck(command: string, ...args: string[]): Promise<Tally> {
  return (await run(command, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A project that ran no test, or left one out, has failed: no suite passes by doing nothing. */
async function vitest(project: string): Promise<Tally> {
  const outputFile = join(scratch, `${project}.json`);
  const code = await run('vitest', [
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${outputFile}`,
  ]);
  const results = vitestReport.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
  const missing = results.numPassedTests === 0 ? 1 : results.numPendingTests + results.numTodoTests;
  const failed = results.numFailedTests + missing;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    failures: failuresIn(results, process.cwd()),
  };
}

function total(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const checks: ReadonlyArray<readonly [name: string, check: () => Promise<Tally>]> = [
  ['types', () => staticCheck('tsc', '--noEmit')],
  ['lint', () => staticCheck('biome', 'check', '.')],
  ['layers', () => staticCheck('tsx', 'scripts/layers.ts')],
  ['unused', () => staticCheck('npm', 'run', '--silent', 'unused')],
  ['build', () => staticCheck('tsx', 'scripts/build.ts')],
  ['synth and cdk-nag', () => staticCheck('cdk', 'synth', '--quiet')],
  ['tools', () => staticCheck('tsx', 'test/prepare.ts')],
  ['unit', () => vitest('unit')],
  ['infrastructure', () => vitest('infrastructure')],
  ['engines', () => vitest('engines')],
  ['deployment', () => staticCheck('tsx', 'test/deploy/deploy.ts')],
  ['policies', () => staticCheck('tsx', 'test/policies/main.ts', recordings)],
];

/** A check that cannot even report is a failed check, and the others still run. */
async function guarded(name: string, check: () => Promise<Tally>): Promise<Tally> {
  try {
    return await check();
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1 };
  }
}

const rows: Array<{ name: string; seconds: number } & Tally> = [];
for (const [name, check] of checks) {
  console.log(`\n── ${name} ──`);
  const started = performance.now();
  const tally = await guarded(name, check);
  rows.push({ name, seconds: (performance.now() - started) / 1000, ...tally });
}
rmSync(scratch, { recursive: true, force: true });

for (const failure of rows.flatMap(({ name, failures = [] }) => failures.map((text) => `${name}: ${text}`))) {
  console.log(`\n${failure}`);
}
console.log('');
for (const { name, seconds, passed, failed } of rows) {
  console.log(`${name.padEnd(18)} ${passed} passed, ${failed} failed in ${seconds.toFixed(1)} s`);
}
const { passed, failed } = total(rows);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
