import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';
import { endsOf, forgetRecords } from '../lost/forget-records.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-zone-'));
let here: Msr;
let there: Msr;
let produced = 0;

beforeAll(async () => {
  here = await bed.createMsr({ name: 'zonea', partitions: 2 });
  there = await bed.createMsr({ name: 'zoneb', partitions: 2, topics: here.topics });
  await produceMore();
  await Promise.all([here.waitForEvents(produced), there.waitForEvents(produced)]);
  ended(await run('backup', '--ignore-maintenance'), 0);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await here?.drop();
  await there?.drop();
});

const zones = (zone: unknown = { url: there.url('backup'), sinkConnector: there.connector }) => ({
  MSR_ZONES: JSON.stringify({ 'az-b': zone }),
});

function run(...args: string[]): Promise<MsrResult> {
  return runMsr(args, { ...here.env(vault), ...zones() });
}

function ended(result: MsrResult, exitCode: number): MsrResult {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(exitCode);
  return result;
}

async function produceMore(): Promise<void> {
  await here.produce(someEvents(here, 200, produced + 1));
  produced += 200;
}

test('a zone that cannot be begun with is told with its reason', async () => {
  const plan = async (zone: unknown) => {
    const { stdout } = await runMsr(['recover', '--zone', 'az-b', '--dry-run', '--json'], {
      ...here.env(vault),
      ...zones(zone),
    });
    return JSON.parse(stdout).refusal;
  };
  expect(await plan(there.url('backup'))).toContain('MSR_ZONES does not name the sink that feeds it');
  expect(await plan({ url: there.url('backup'), sinkConnector: 'nobody' })).toContain('nobody');
  expect(await plan({ url: there.url('backup'), sinkConnector: here.connector })).toContain('writes to');
  const other = await run('recover', '--zone', 'az-c', '--dry-run', '--json');
  expect(JSON.parse(other.stdout).refusal).toContain('MSR_ZONES names no zone az-c, but az-b');
});

test('a database that is lost, where Kafka no longer reaches back to the backup, comes back from the other zone', async () => {
  await produceMore();
  await Promise.all([here.waitForEvents(produced), there.waitForEvents(produced)]);
  await forgetRecords(bed, await endsOf(bed, here.topics));
  await dropDatabase(here);
  await produceMore();
  const planned = ended(await run('recover', '--dry-run'), 0);
  expect(planned.stdout).toMatch(/^procedure +zone: /m);

  const recovered = ended(await run('recover', '--yes'), 0);
  expect(recovered.stdout).toContain('RECOVERED');
  await produceMore();
  await Promise.all([here.waitForEvents(produced), there.waitForEvents(produced)]);
  expect([await tally(here), await tally(there)]).toEqual([
    { rows: produced, numbers: produced },
    { rows: produced, numbers: produced },
  ]);
  expect([await sinkState(here), await sinkState(there)]).toEqual(['RUNNING', 'RUNNING']);
}, 240_000);
