import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitForRunningSink } from '../../bed/sink.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { createTopics, loseKafkaOf } from './lose-kafka.ts';
import { expectEnd, type LostScene, lostScene } from './lost-scene.ts';
import { lostAndDoubled, numberedEvents } from './numbered.ts';

const bed = sharedBed();
let scene: LostScene;
let last = 0;

beforeAll(async () => {
  scene = await lostScene(bed, 'bothlost');
});
afterAll(() => scene?.drop());

test('database and Kafka lost: the backup, what the new topics hold, and the loss between them, though a task dies', async () => {
  const { msr, topic, events, run, runWithSecrets } = scene;
  last = await events.send(200);
  await msr.waitForEvents(last);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  last = await events.send(100);
  await msr.waitForEvents(last);
  await run('health');
  last = await events.send(10);
  await msr.waitForEvents(last);
  await loseKafkaOf(bed, msr);
  await dropDatabase(msr);

  const planned = JSON.parse((await runWithSecrets(['recover', '--dry-run', '--json'])).stdout);
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
  const recovered = await scene.recoverKilledAt('connector-create.after');
  expectEnd(recovered, 2);
  expect(recovered.stderr).toContain('ended without a report: SIGKILL');
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
  const { msr, events, run, runWithSecrets } = scene;
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  const before = last;
  last = await events.send(30);
  await msr.waitForEvents(270);
  await loseKafkaOf(bed, msr);
  await dropDatabase(msr);
  // A source goes on, and its topic is made by the broker's default: with one partition.
  await createTopics(bed, msr, 1);
  const next = numberedEvents(bed, msr, 1, last + 1);
  last = await next.send(25);

  const recovered = await runWithSecrets(['recover', '--yes']);
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
