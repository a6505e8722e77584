import { describe, expect, it } from 'vitest';
import { withSession } from '../../../src/clients/postgres.ts';
import type { Failpoint } from '../../../src/core/failpoint.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitForRunningSink } from '../../bed/sink.ts';
import { runChild, someEvents, tally, waitForThaw, zeroOffsets } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { databasesOf, makeRecovered, namesOf } from './scene.ts';

const bed = sharedBed();
const SCRIPT = new URL('./renaming-process.ts', import.meta.url).href;

/** Before the rename the old database stays live; from its commit on, the recovered one is. */
const cutovers: readonly (readonly [Failpoint, 'old' | 'recovered'])[] = [
  ['rename.before', 'old'],
  ['rename.after', 'recovered'],
  ['offset-alter.before', 'recovered'],
  ['offset-alter.after', 'recovered'],
  ['sink-resume.before', 'recovered'],
  ['sink-resume.after', 'recovered'],
];

describe('a cutover', () => {
  it.each(cutovers)(
    'killed at %s leaves one live database, %s, with a sink at its offsets',
    async (at, live) => {
      await withScene(
        `cut${cutovers.findIndex(([failpoint]) => failpoint === at)}`,
        async (msr, directory) => {
          const { oid } = await makeRecovered(bed, msr, zeroOffsets(msr));
          await produce(msr, 1, 300);
          const ended = await run(msr, directory, ['cutover', String(oid)], at);
          expect(ended).toMatchObject({ signal: at === undefined ? null : 'SIGKILL' });
          await expectLive(msr, live, oid);
          await produce(msr, 301, 50);
          expect(await tally(msr)).toEqual({ rows: 350, numbers: 350 });
        },
      );
    },
  );
});

/** With what is produced in between they fall into all of the freeze, and leave it a gap in the end. */
const RESUMES = 60;

describe('a sink that somebody else resumes again and again', () => {
  it('writes nothing into the recovered database before its offsets are set', async () => {
    await withScene('reconciled', async (msr, directory) => {
      const { oid } = await makeRecovered(bed, msr, zeroOffsets(msr));
      await produce(msr, 1, 300);
      const ended = run(msr, directory, ['cutover', String(oid)]);
      let over = false;
      void ended.finally(() => {
        over = true;
      });
      // As an operator's reconciler does, and a platform that goes on working.
      let produced = 300;
      for (let resumes = 0; !over; resumes += 1) {
        const resume = `${bed.connectUrl}/connectors/${msr.connector}/resume`;
        if (resumes < RESUMES) await fetch(resume, { method: 'PUT' }).catch(() => {});
        await msr.produce(someEvents(msr, 20, produced + 1));
        produced += 20;
      }
      expect(await ended).toMatchObject({ code: 0 });
      await expectLive(msr, 'recovered', oid);
      await msr.waitForEvents(produced);
      expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
    });
  });
});

/**
 * In every case whichever database is live gets every event once: before and after the cutover, and the undo.
 */
const undos: readonly (readonly [Failpoint | undefined, 'old' | 'recovered'])[] = [
  [undefined, 'old'],
  ['sink-stop.after', 'recovered'],
  ['rename.before', 'recovered'],
  ['rename.after', 'old'],
  ['offset-alter.before', 'old'],
  ['offset-alter.after', 'old'],
  ['sink-resume.after', 'old'],
];

describe('an undo', () => {
  it.each(undos)('killed at %s leaves %s live, and run again it undoes', async (at, live) => {
    await withScene(`undo${undos.findIndex(([failpoint]) => failpoint === at)}`, async (msr, directory) => {
      const { oid } = await makeRecovered(bed, msr, zeroOffsets(msr));
      await produce(msr, 1, 100);
      expect(await run(msr, directory, ['cutover', String(oid)])).toMatchObject({ code: 0 });
      await produce(msr, 101, 100);
      const ended = await run(msr, directory, ['undo'], at);
      expect(ended).toMatchObject({ signal: at === undefined ? null : 'SIGKILL' });
      await expectLive(msr, live, oid);
      await produce(msr, 201, 100);
      expect(await run(msr, directory, ['undo'])).toMatchObject({ code: 0 });
      await expectLive(msr, 'old', oid);
      await produce(msr, 301, 100);
      expect(await tally(msr)).toEqual({ rows: 400, numbers: 400 });
      if (at !== undefined) return;
      expect(await run(msr, directory, ['redo'])).toMatchObject({ code: 0 });
      await expectLive(msr, 'recovered', oid);
      await produce(msr, 401, 100);
      expect(await tally(msr)).toEqual({ rows: 500, numbers: 500 });
    });
  });

  it('brings every event of partitions that came after the cutover, too', async () => {
    await withScene('grown', async (msr, directory) => {
      const { oid } = await makeRecovered(bed, msr, zeroOffsets(msr));
      await produce(msr, 1, 100);
      expect(await run(msr, directory, ['cutover', String(oid)])).toMatchObject({ code: 0 });
      const admin = kafkaClient(bed.brokers).admin();
      await admin.connect();
      await admin.createPartitions({ topicPartitions: msr.topics.map((topic) => ({ topic, count: 7 })) });
      await admin.disconnect();
      await produce(msr, 101, 300);
      expect(await run(msr, directory, ['undo'])).toMatchObject({ code: 0 });
      await msr.waitForEvents(400);
      expect(await tally(msr)).toEqual({ rows: 400, numbers: 400 });
    });
  });

  it('of a database that could not be marked is not taken back: it would get events twice', async () => {
    await withScene('unmarked', async (msr, directory) => {
      const { oid } = await makeRecovered(bed, msr, zeroOffsets(msr));
      await produce(msr, 1, 100);
      expect(await run(msr, directory, ['cutover', String(oid)])).toMatchObject({ code: 0 });
      await produce(msr, 101, 100);
      // As somebody does who wants no more harm done to it.
      await withSession(bed.adminUrl, { purpose: 'test' }, (session) =>
        session.query(`ALTER DATABASE ${session.escapeIdentifier(msr.database)} ALLOW_CONNECTIONS false`),
      );
      expect(await run(msr, directory, ['undo'])).toMatchObject({ code: 0 });
      await expectLive(msr, 'old', oid);
      await produce(msr, 201, 100);
      expect((await run(msr, directory, ['redo'])).code).not.toBe(0);
      await expectLive(msr, 'old', oid);
      expect(await tally(msr)).toEqual({ rows: 300, numbers: 300 });
    });
  });
});

async function withScene(name: string, work: (msr: Msr, directory: string) => Promise<void>): Promise<void> {
  const directory = temporaryDirectory();
  const msr = await bed.createMsr({ name, jobs: false });
  try {
    await work(msr, directory);
  } finally {
    await msr.drop();
  }
}

async function produce(msr: Msr, first: number, count: number): Promise<void> {
  await msr.produce(someEvents(msr, count, first));
  await msr.waitForEvents(first + count - 1);
}

async function run(msr: Msr, directory: string, args: readonly string[], failpoint?: Failpoint) {
  const ended = await runChild(SCRIPT, args, msr.env(directory), failpoint);
  await waitForThaw(openVault(`file://${directory}`), msr.connector);
  return ended;
}

async function expectLive(msr: Msr, live: 'old' | 'recovered', recoveredOid: number): Promise<void> {
  const databases = await databasesOf(bed, msr);
  const { recovered, old } = namesOf(msr);
  const other = live === 'old' ? recovered : old;
  expect(databases.map(({ name }) => name).sort()).toEqual([msr.database, other].sort());
  const holder = databases.find(({ name }) => name === msr.database);
  expect(holder?.oid === recoveredOid).toBe(live === 'recovered');
  expect(holder?.open).toBe(true);
  await waitForRunningSink(bed.connectUrl, msr.connector);
}
