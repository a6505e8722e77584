import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { lostAndDoubled, type Numbered, numberedEvents } from './numbered.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-accepted-hole-'));
const PARTITIONS = 2;
let msr: Msr;
let events: Numbered;
let last = 0;

beforeAll(async () => {
  msr = await bed.createMsr({
    name: 'hole',
    topics: [`${bed.prefix}hole.gis.track`],
    partitions: PARTITIONS,
  });
  events = numberedEvents(bed, msr, PARTITIONS);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

/** What retention does to the first partition: its log begins later. */
async function retainFrom(offset: number): Promise<void> {
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  const [topic = ''] = msr.topics;
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await admin.disconnect();
}

test('retention ate part of the way: refused, shown by offsets and time, and recovered around what was accepted', async () => {
  last = await events.send(200);
  await msr.waitForEvents(last);
  expect((await run('backup', '--ignore-maintenance')).exitCode).toBe(0);
  last = await events.send(100);
  await msr.waitForEvents(last);
  const [topic = ''] = msr.topics;
  // The cut stands at 100 in each partition.
  await retainFrom(107);
  await dropDatabase(msr);

  const refused = await run('recover', '--yes');
  expect(refused.exitCode).toBe(1);
  const [, hash = ''] = /--accept-hole ([0-9a-f]{12})/.exec(refused.stdout) ?? [];
  expect(refused.stdout).toContain(`7 records of ${topic}-0 after the backup are gone`);
  expect(refused.stdout).toMatch(
    new RegExp(`lost of ${topic}-0: the offsets 100 to 106 \\(7\\), written between 2\\S+Z and 2\\S+Z`),
  );
  expect((await run('recover', '--yes', '--accept-hole', 'feedfeedfeed')).stdout).toContain(
    `--accept-hole feedfeedfeed accepts another hole: the present one is ${hash}`,
  );

  const recovered = await run('recover', '--yes', '--accept-hole', hash);
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 2 });
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, 7 EVENTS LOST\n$/);
  last = await events.send(20);
  await msr.waitForEvents(last - 7);
  const gone = events.at.get(`${topic}-0`)?.slice(100, 107);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: gone, doubled: [] });
});

test('the report holds what was lost, and there is nothing to go back to', async () => {
  const [topic = ''] = msr.topics;
  const [latest] = JSON.parse((await run('recoveries', 'list', '--json')).stdout).recoveries;
  expect(latest).toMatchObject({ state: 'recovered, some lost' });
  expect(latest.report.lost).toMatchObject({
    ...{ events: 7, atLeast: 7, holes: [{ topic, partition: 0, from: 100, to: 107 }] },
    span: { from: expect.stringMatching(/Z$/), to: expect.stringMatching(/Z$/) },
  });
  const undo = await run('recover', '--undo', '--yes');
  expect(undo).toMatchObject({ exitCode: 1 });
  expect(undo.stdout).toContain('there is nothing to go back to');
});

test('a hole that was accepted and records that are left out, in one recovery: both are missing, and nothing else', async () => {
  const [topic = ''] = msr.topics;
  const leaveOut = ['--skip', `offsets=${topic}-1:110..115`];
  const refused = await run('recover', '--yes', ...leaveOut);
  expect(refused.exitCode).toBe(1);
  const [, hash = ''] = /--accept-hole ([0-9a-f]{12})/.exec(refused.stdout) ?? [];

  const recovered = await run('recover', '--yes', ...leaveOut, '--accept-hole', hash);
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 2 });
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, 7 EVENTS LOST.*5 SET ASIDE/);
  const [gone = [], skipped = []] = [events.at.get(`${topic}-0`), events.at.get(`${topic}-1`)];
  const missing = [...gone.slice(100, 107), ...skipped.slice(110, 115)].sort((a, b) => a - b);
  expect(await lostAndDoubled(msr, last)).toEqual({ lost: missing, doubled: [] });
});
