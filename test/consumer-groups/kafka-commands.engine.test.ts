import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { resumeSink, stopSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { type CliResult, runCli } from '../cli/run-cli.ts';
import { someEvents } from '../freeze/scene.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-kafka-commands-'));
let msr: Msr;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'groups', partitions: 2 });
  await msr.produce(someEvents(msr, 100, 1));
  await msr.waitForEvents(100);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const group = () => `connect-${msr.connector}`;
const run = (...args: string[]): Promise<CliResult> => runCli(['kafka', ...args], msr.env(vault));
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

async function positions(): Promise<Array<{ committed?: number; start: number; end: number }>> {
  return (await json('describe')).positions;
}

/** Records that the group has read, by its commits. */
async function read(): Promise<number> {
  return (await positions()).reduce((total, { committed = 0, start }) => total + committed - start, 0);
}

test("lists the sink's group among the others", async () => {
  expect((await run('groups')).stdout).toMatch(new RegExp(`^${group()} +Stable$`, 'm'));
});

test('refuses to reset a group that reads, and one that there is not', async () => {
  const refused = await run('reset', '--to-earliest', '--yes');
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(refused.stderr).toContain(`group ${group()} is Stable: it has members`);
  expect((await run('reset', `${group()}x`, '--to-earliest', '--yes')).stderr).toContain(
    'Kafka knows no group',
  );
});

test('sets a stopped group back after having said what that does, and takes it back', async () => {
  await stopSink(bed.connectUrl, msr.connector);
  await waitFor('the group to be Empty', async () => (await json('describe')).state === 'Empty');
  // A stopped task commits what it has written; one that runs does so once a minute.
  const { stdout } = await run('describe');
  expect(stdout).toMatch(new RegExp(`^group ${group()} is Empty`));
  expect(stdout).toContain('BEHIND');
  for (const { committed, end } of await positions()) expect(committed).toBe(end);

  const planned = await run('reset', '--to-earliest');
  expect(planned.stdout).toContain('up to 100 records are read again, and up to 0 are skipped.');
  expect(planned.stdout).toContain('nothing was changed');
  expect(await read()).toBe(100);

  const set = await json('reset', '--to-earliest', '--yes');
  expect(set).toMatchObject({ changed: true });
  expect(await read()).toBe(0);

  const time = new Date().toISOString();
  expect((await run('reset', '--to-time', time, '--dry-run')).stdout).toContain('up to 100 are skipped');
  expect((await run('reset', '--to-earliest', '--yes')).stdout).toContain('stands there already');

  await json('reset', '--to-kept', set.keptId, '--yes');
  expect(await read()).toBe(100);
  await resumeSink(bed.connectUrl, msr.connector);
  await msr.produce(someEvents(msr, 10, 101));
  await msr.waitForEvents(110);
});
