import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedBed } from '../../bed/shared-bed.ts';
import { resumeSink, stopSink, waitForRunningSink } from '../../bed/sink.ts';
import { loseKafkaOf, setRetention, topicShapes } from './lose-kafka.ts';
import { expectEnd, type LostScene, lostScene, PARTITIONS } from './lost-scene.ts';
import { lostAndDoubled } from './numbered.ts';

const bed = sharedBed();
const WRITTEN = 300;
const WAITING = 30;
let scene: LostScene;
let last = 0;

beforeAll(async () => {
  scene = await lostScene(bed, 'kafkalost');
});
afterAll(() => scene?.drop());

test('a lost Kafka is told by what is missing, and by the secrets that would be needed', async () => {
  const { msr, events, run, runWithSecrets } = scene;
  await setRetention(bed, msr, 777_600_000);
  last = await events.send(200);
  await msr.waitForEvents(last);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  last = await events.send(100);
  await msr.waitForEvents(WRITTEN);
  await stopSink(bed.connectUrl, msr.connector);
  last = await events.send(WAITING);
  await run('health');
  await loseKafkaOf(bed, msr);

  const others = JSON.stringify({ ...JSON.parse(scene.secrets()), [msr.connector]: {} });
  const refused = await runWithSecrets(['recover', '--yes'], others);
  expectEnd(refused, 1);
  expect(refused.stdout).toContain(`MSR_CONNECTOR_SECRETS lacks ${msr.connector}: connection.password`);
  expect(refused.stdout + refused.stderr).not.toContain(msr.sinkConfig['connection.password']);
});

test('the database is kept, the pipeline comes back as it was though a task dies in it, and the loss is said', async () => {
  const { msr, topic, events } = scene;
  const resumed = await scene.recoverKilledAt('topic-create.after');
  expectEnd(resumed, 2);
  expect(resumed.stderr).toContain('ended without a report: SIGKILL');
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
  const { msr, events, runWithSecrets } = scene;
  const healthy = await runWithSecrets(['recover', '--yes']);
  expectEnd(healthy, 1);
  expect(healthy.stdout).toContain('there is nothing to recover');
  const insisted = await runWithSecrets(['recover', '--procedure', 'resume-sink', '--yes']);
  expectEnd(insisted, 2);
  last = await events.send(20);
  await msr.waitForEvents(WRITTEN + 60);
  expect((await lostAndDoubled(msr, last)).doubled).toEqual([]);
});

test('an undo stops the sink as it was found, and loses nothing of what was written since', async () => {
  const { msr, events, run } = scene;
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
