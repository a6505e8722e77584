import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitForRunningSink } from '../../bed/sink.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { givenSecrets } from './given-secrets.ts';
import { createTopics, loseKafkaOf } from './lose-kafka.ts';
import { lostAndDoubled, type Numbered, numberedEvents } from './numbered.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-both-lost-'));
const PARTITIONS = 2;
let msr: Msr;
let events: Numbered;
let last = 0;

beforeAll(async () => {
  msr = await bed.createMsr({
    name: 'bothlost',
    topics: [`${bed.prefix}bothlost.gis.track`],
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

test('database and Kafka lost: the backup, what the new topics hold, and the loss between them', async () => {
  const [topic = ''] = msr.topics;
  last = await events.send(200);
  await msr.waitForEvents(last);
  expectEnd(await run('backup'), 0);
  last = await events.send(100);
  await msr.waitForEvents(last);
  await run('health');
  last = await events.send(10);
  await msr.waitForEvents(last);
  await loseKafkaOf(bed, msr);
  await dropDatabase(msr);

  const planned = JSON.parse((await runWithSecrets('recover', '--dry-run', '--json')).stdout);
  expect(planned).toMatchObject({
    procedure: 'cold',
    course: {
      holes: [
        { topic, partition: 0, from: 100, to: null, seenTo: 150 },
        { topic, partition: 1, from: 100, to: null, seenTo: 150 },
      ],
      starts: [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 0 },
      ],
    },
  });
  const recovered = await runWithSecrets('recover', '--yes');
  expectEnd(recovered, 2);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, AT LEAST 100 EVENTS LOST\n$/);
  expect(recovered.stdout).toContain(`lost of ${topic}-0: at least the offsets 100 to 149 (50)`);
  await waitForRunningSink(bed.connectUrl, msr.connector);
  last = await events.send(40);
  await msr.waitForEvents(240);
  const gone = Array.from({ length: 110 }, (_, index) => 201 + index);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: gone, doubled: [] });
  expect((await run('recover', '--undo', '--yes')).stdout).toContain('there is nothing to go back to');
});

test('what came into the new topics before the recovery is replayed from their start', async () => {
  expectEnd(await run('backup'), 0);
  const before = last;
  last = await events.send(30);
  await msr.waitForEvents(270);
  await loseKafkaOf(bed, msr);
  await dropDatabase(msr);
  // A source goes on, and its topic is made by the broker's default: with one partition.
  await createTopics(bed, msr, 1);
  const next = numberedEvents(bed, msr, 1, last + 1);
  last = await next.send(25);

  const recovered = await runWithSecrets('recover', '--yes');
  expectEnd(recovered, 2);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, AN UNKNOWN NUMBER OF EVENTS LOST\n$/);
  expect(recovered.stdout).toMatch(/\nledger, cutover +balanced: 25 records, 25 inserted/);
  last = await next.send(10);
  await msr.waitForEvents(240 + 35);
  const gone = [
    ...Array.from({ length: 110 }, (_, index) => 201 + index),
    ...Array.from({ length: 30 }, (_, index) => before + 1 + index),
  ];
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: gone, doubled: [] });
});
