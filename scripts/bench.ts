/**
 * `npm run bench -- [--quick] [--events N] [--rounds N]`: what the product's figures are measured by. The
 * subjects take turns in one run on the same rows: machines differ, ratios less. Writes docs/benchmark.md and
 * docs/benchmark.json. On the bed that MSR_BED names, or on one of its own.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bed, connectToBed, startBed } from '../test/bed/bed.ts';
import { benchmarkPage } from './bench/benchmark-page.ts';
import { machineOf } from './bench/machine.ts';
import { type BenchSize, benchReplay } from './bench/replay-rounds.ts';

const WHOLE = { events: 500_000, rounds: 5, largeMessages: 60 };
/** About three minutes where nothing else runs. */
const QUICK = { events: 100_000, rounds: 3, largeMessages: 20 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      events: { type: 'string' },
      rounds: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const size: BenchSize = { ...(values.quick ? QUICK : WHOLE), ...given(values) };
  const bed = await useBed();
  const directory = mkdtempSync(join(tmpdir(), 'msr-bench-'));
  try {
    const replay = await benchReplay(bed, directory, size);
    const result = { machine: machineOf(bed), size, replay };
    const page = benchmarkPage(result);
    console.log(page);
    if (values['dry-run']) return;
    writeFileSync(inDocs('benchmark.md'), page);
    writeFileSync(inDocs('benchmark.json'), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true });
    await bed.stop();
  }
}

function given({ events, rounds }: { events?: string | undefined; rounds?: string | undefined }) {
  return {
    ...(events === undefined ? {} : { events: Number(events) }),
    ...(rounds === undefined ? {} : { rounds: Number(rounds) }),
  };
}

function inDocs(name: string): string {
  return fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
}

async function useBed(): Promise<Bed> {
  const file = process.env['MSR_BED'];
  if (file === undefined) return await startBed();
  return { ...connectToBed(JSON.parse(readFileSync(file, 'utf8'))), stop: async () => {} };
}

await main();
