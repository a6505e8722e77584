import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { resumeSink, stopSink, waitForRunningSink } from '../../bed/sink.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { givenSecrets } from './given-secrets.ts';
import { loseKafkaOf, setRetention, topicShapes } from './lose-kafka.ts';
import { lostAndDoubled, type Numbered, numberedEvents } from './numbered.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-kafka-lost-'));
const PARTITIONS = 2;
const WRITTEN = 300;
const WAITING = 30;
let msr: Msr;
let events: Numbered;
let last = 0;

beforeAll(async () => {
  msr = await bed.createMsr({
    name: 'kafkalost',
    topics: [`${bed.prefix}kafkalost.gis.track`],
    partitions: PARTITIONS,
  });
  events = numberedEvents(bed, msr, PARTITIONS);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));
const runWithSecrets = (...args: string[]): Promise<MsrResult> =>
  runMsr(args, { ...msr.env(vault), MSR_CONNECTOR_SECRETS: givenSecrets(vault, msr) });
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}

test('a lost Kafka is told by what is missing, and by the secrets that would be needed', async () => {
  await setRetention(bed, msr, 777_600_000);
  last = await events.send(200);
  await msr.waitForEvents(last);
  expectEnd(await run('backup'), 0);
  last = await events.send(100);
  await msr.waitForEvents(WRITTEN);
  await stopSink(bed.connectUrl, msr.connector);
  last = await events.send(WAITING);
  await run('health');
  await loseKafkaOf(bed, msr);

  const others = JSON.stringify({ ...JSON.parse(givenSecrets(vault, msr)), [msr.connector]: {} });
  const refused = await runMsr(['recover', '--yes'], { ...msr.env(vault), MSR_CONNECTOR_SECRETS: others });
  expectEnd(refused, 1);
  expect(refused.stdout).toContain(`MSR_CONNECTOR_SECRETS lacks ${msr.connector}: connection.password`);
  expect(refused.stdout + refused.stderr).not.toContain(msr.sinkConfig['connection.password']);
});

test('the database is kept, the pipeline comes back as it was, and the loss is said', async () => {
  const [topic = ''] = msr.topics;
  const resumed = await runWithSecrets('recover', '--yes');
  expectEnd(resumed, 2);
  expect(resumed.stdout).toMatch(/\nrecovery +\S+, resume-sink\n/);
  expect(resumed.stdout).toContain(`${WAITING} records waited in Kafka when the health run of`);
  expect(resumed.stdout).toContain(`${topic}-0 from 150 to 164, ${topic}-1 from 150 to 164`);
  expect(resumed.stdout).toMatch(/\nverdict +RECOVERED, AT LEAST 30 EVENTS LOST\n$/);
  expect(resumed.stdout + resumed.stderr).not.toContain(msr.sinkConfig['connection.password']);
  expect(await topicShapes(bed, msr)).toEqual([{ partitions: PARTITIONS, retention: '777600000' }]);
  await waitForRunningSink(bed.connectUrl, msr.connector);
  last = await events.send(40);
  await msr.waitForEvents(WRITTEN + 40);
  const gone = Array.from({ length: WAITING }, (_, index) => WRITTEN + 1 + index);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: gone, doubled: [] });
});

test('a sink that goes on in the new topics needs nothing, and is not set back by whoever insists', async () => {
  const healthy = await runWithSecrets('recover', '--yes');
  expectEnd(healthy, 1);
  expect(healthy.stdout).toContain('there is nothing to recover');
  const insisted = await runWithSecrets('recover', '--procedure', 'resume-sink', '--yes');
  expectEnd(insisted, 2);
  last = await events.send(20);
  await msr.waitForEvents(WRITTEN + 60);
  expect((await lostAndDoubled(msr, last)).doubled).toEqual([]);
});

test('an undo stops the sink as it was found, and loses nothing of what was written since', async () => {
  const { recoveries } = JSON.parse((await run('recoveries', 'list', '--json')).stdout);
  const first = recoveries.findLast(({ state }: { state: string }) => state === 'recovered, some lost');
  const undone = await run('recover', '--undo', first.recoveryId, '--yes');
  expectEnd(undone, 0);
  expect(undone.stdout).toContain('the sink was STOPPED before, and is STOPPED');
  const held = (await lostAndDoubled(msr, last)).lost.length;
  last = await events.send(10);
  await resumeSink(bed.connectUrl, msr.connector);
  await msr.waitForEvents(WRITTEN + 70);
  expect(await lostAndDoubled(msr, last)).toMatchObject({ doubled: [] });
  expect((await lostAndDoubled(msr, last)).lost).toHaveLength(held);
});
