import { afterEach, expect, it } from 'vitest';
import type { Failpoint } from '../../src/core/failpoint.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitForRunningSink } from '../bed/sink.ts';
import { loseKafkaOf } from '../recovery/lost/lose-kafka.ts';
import { expectEnd, type LostScene, lostScene } from '../recovery/lost/lost-scene.ts';
import { lostAndDoubled } from '../recovery/lost/numbered.ts';

const KILLED_AT: readonly Failpoint[] = [
  'topic-create.before',
  'topic-create.after',
  'connector-create.before',
  'connector-create.after',
  'sink-resume.before',
  'sink-resume.after',
];

const bed = sharedBed();
let scene: LostScene | undefined;
afterEach(() => scene?.drop());

it.each(KILLED_AT)('a pipeline whose tasks die at %s comes back once, and loses nothing more', async (at) => {
  scene = await lostScene(bed, `kill${KILLED_AT.indexOf(at)}`);
  const { msr, events, run, runWithSecrets, recoverKilledAt } = scene;
  let last = await events.send(200);
  await msr.waitForEvents(last);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  await run('health');
  await loseKafkaOf(bed, msr);

  // One that dies before its side effect dies at each attempt, until the run gives up.
  const killed = await recoverKilledAt(at);
  if (killed.exitCode === 1) expectEnd(await runWithSecrets(['recover', '--yes']), 2);
  else expectEnd(killed, 2);
  await waitForRunningSink(bed.connectUrl, msr.connector);
  last = await events.send(40);
  await msr.waitForEvents(240);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: [], doubled: [] });
});
