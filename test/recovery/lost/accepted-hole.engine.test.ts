import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedBed } from '../../bed/shared-bed.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { forgetRecords } from './forget-records.ts';
import { expectEnd, type LostScene, lostScene } from './lost-scene.ts';
import { lostAndDoubled } from './numbered.ts';

const bed = sharedBed();
let scene: LostScene;
let last = 0;

beforeAll(async () => {
  scene = await lostScene(bed, 'hole');
});
afterAll(() => scene?.drop());

test('retention ate part of the way: refused, shown by offsets and time, and recovered around what was accepted', async () => {
  const { msr, topic, events, run } = scene;
  await msr.waitForEvents(await events.send(200));
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  await msr.waitForEvents(await events.send(100));
  // The cut stands at 100 in each partition.
  await forgetRecords(bed, [{ topic, partitions: [{ partition: 0, offset: '107' }] }]);
  await dropDatabase(msr);

  const refused = await run('recover', '--yes');
  expectEnd(refused, 1);
  const [, hash = ''] = /--accept-hole ([0-9a-f]{12})/.exec(refused.stdout) ?? [];
  expect(refused.stdout).toContain(`7 records of ${topic}-0 after the backup are gone`);
  expect(refused.stdout).toMatch(
    new RegExp(`lost of ${topic}-0: the offsets 100 to 106 \\(7\\), written between 2\\S+Z and 2\\S+Z`),
  );
  expect((await run('recover', '--yes', '--accept-hole', 'feedfeedfeed')).stdout).toContain(
    `--accept-hole feedfeedfeed accepts another hole: the present one is ${hash}`,
  );

  const recovered = await run('recover', '--yes', '--accept-hole', hash);
  expectEnd(recovered, 2);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, 7 EVENTS LOST\n$/);
  last = await events.send(20);
  await msr.waitForEvents(last - 7);
  const gone = events.at.get(`${topic}-0`)?.slice(100, 107);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: gone, doubled: [] });
});

test('the report holds what was lost, and there is nothing to go back to', async () => {
  const { topic, run } = scene;
  const { recoveries } = JSON.parse((await run('recoveries', 'list', '--json')).stdout);
  // Those that were refused may have begun in the same second: no order is among them.
  const done = recoveries.find(({ state }: { state: string }) => state === 'recovered, some lost');
  expect(done?.report.lost).toMatchObject({
    ...{ events: 7, atLeast: 7, holes: [{ topic, partition: 0, from: 100, to: 107 }] },
    span: { from: expect.stringMatching(/Z$/), to: expect.stringMatching(/Z$/) },
  });
  const undo = await run('recover', '--undo', '--yes');
  expectEnd(undo, 1);
  expect(undo.stdout).toContain('there is nothing to go back to');
});

test('a hole that was accepted and records that are left out, in one recovery: both are missing, and nothing else', async () => {
  const { msr, topic, events, run } = scene;
  const leaveOut = ['--skip', `offsets=${topic}-1:110..115`];
  const refused = await run('recover', '--yes', ...leaveOut);
  expectEnd(refused, 1);
  const [, hash = ''] = /--accept-hole ([0-9a-f]{12})/.exec(refused.stdout) ?? [];

  const recovered = await run('recover', '--yes', ...leaveOut, '--accept-hole', hash);
  expectEnd(recovered, 2);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, 7 EVENTS LOST.*5 SET ASIDE/);
  const [gone = [], skipped = []] = [events.at.get(`${topic}-0`), events.at.get(`${topic}-1`)];
  const missing = [...gone.slice(100, 107), ...skipped.slice(110, 115)].sort((a, b) => a - b);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: missing, doubled: [] });
});
