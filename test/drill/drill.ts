/**
 * `npm run drill`: loses a live MSR database and brings every event back. Real Kafka, Kafka Connect and
 * TimescaleDB; the product only through its command line; and a proof that uses none of its code.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeError } from '../../src/core/operator-error.ts';
import { type Bed, startBed } from '../bed/bed.ts';
import { chooseSeed } from '../bed/random.ts';
import { DISASTERS, type Disaster } from './disasters.ts';
import { writeReport } from './report.ts';
import { runDrill } from './run-drill.ts';
import { renderSummary } from './summary.ts';

interface Flags {
  readonly disaster: Disaster;
  readonly events: number;
  readonly rate: number;
  readonly report: string;
  readonly seed: number;
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError(`expected a positive integer, not '${value}'.`);
}

function parseFlags(): Flags {
  return new Command('drill')
    .description('Loses a live MSR database and brings every event back, provably.')
    .addOption(new Option('--disaster <kind>', 'what strikes').choices(DISASTERS).default('database-loss'))
    .option('--events <n>', 'events of history before the backup', positiveInteger, 200_000)
    .option('--rate <n>', 'events a second that the live producer writes', positiveInteger, 2_000)
    .option('--report <dir>', 'where report.json and report.html go', 'drill-report')
    .option('--seed <n>', 'repeats an earlier drill', positiveInteger, chooseSeed())
    .parse()
    .opts<Flags>();
}

async function main(flags: Flags): Promise<void> {
  const startedAt = Date.now();
  const vault = await mkdtemp(join(tmpdir(), 'msr-drill-vault-'));
  let bed: Bed | undefined;
  try {
    bed = await startBed();
    const report = await runDrill(bed, { ...flags, vault });
    const path = await writeReport(resolve(flags.report), report, vault);
    console.log(renderSummary(report, path, (Date.now() - startedAt) / 1000));
    process.exitCode = report.verdict === 'passed' ? 0 : 1;
  } finally {
    await bed?.stop();
    await rm(vault, { recursive: true, force: true });
  }
}

main(parseFlags()).catch((error: unknown) => {
  console.error(`drill: ${describeError(error)}`);
  process.exitCode = 1;
});
