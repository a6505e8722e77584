import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectClient } from '../../src/clients/connect.ts';
import type { Failpoint } from '../../src/core/failpoint.ts';
import { processIdentity } from '../../src/core/process-identity.ts';
import { withFrozenSink } from '../../src/freeze/freeze.ts';
import { createFreeze, newFreezeRecord, readFreeze } from '../../src/freeze/freeze-record.ts';
import { resumeSink } from '../../src/freeze/resume.ts';
import { recoverStaleFreeze } from '../../src/freeze/stale-freeze.ts';
import { removeFence } from '../../src/live/insert-fence.ts';
import { writeMarker } from '../../src/live/marker.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { kafkaClient } from '../bed/kafka.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitForRunningSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import {
  freezeRequest,
  openFreezeDeps,
  runChild,
  sinkState,
  someEvents,
  tally,
  waitForThaw,
  zeroOffsets,
} from './scene.ts';

const bed = sharedBed();

describe('a frozen sink', () => {
  let msr: Msr;
  let produced = 0;
  let directory: string;
  let deps: Awaited<ReturnType<typeof openFreezeDeps>>;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'freeze', tasks: 2 });
  });
  afterAll(() => msr?.drop());

  beforeEach(async () => {
    directory = temporaryDirectory();
    deps = await openFreezeDeps(msr, directory);
  });
  afterEach(() => deps.close());

  async function produceMore(count = 200): Promise<void> {
    await msr.produce(someEvents(msr, count, produced + 1));
    produced += count;
  }

  async function expectEverythingOnce(): Promise<void> {
    await produceMore();
    await msr.waitForEvents(produced);
    expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  }

  it('stands still for the body, and runs afterwards', async () => {
    await produceMore();
    const { result, pauseSeconds, found } = await withFrozenSink(deps, freezeRequest(msr), async (frozen) => {
      const { connector, tasks } = await deps.connect.status(msr.connector);
      const group = await deps.kafkaAdmin.groupState(`connect-${msr.connector}`);
      const record = await readFreeze(deps.vault, msr.connector);
      return { connector, tasks, group, owner: record?.record.owner, stopped: frozen.stopped };
    });
    expect(result).toEqual({
      connector: 'STOPPED',
      tasks: [],
      group: 'Empty',
      owner: 'a test',
      stopped: true,
    });
    expect(found).toBe('RUNNING');
    expect(pauseSeconds).toBeGreaterThan(0);
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await readFreeze(deps.vault, msr.connector)).toBeUndefined();
    await expectEverythingOnce();
  });

  it('runs again after the body has thrown, and what was thrown is told', async () => {
    const failing = withFrozenSink(deps, freezeRequest(msr), async () => {
      throw new Error('the body failed');
    });
    await expect(failing).rejects.toThrow('the body failed');
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await readFreeze(deps.vault, msr.connector)).toBeUndefined();
  });

  it('that was paused is left as found by a backup, and paused again after a cutover', async () => {
    await deps.connect.pause(msr.connector);
    const paused = async () => (await sinkState(msr)) === 'PAUSED';
    await waitFor('the sink to be paused', paused);
    const backup = await withFrozenSink(deps, freezeRequest(msr), async ({ stopped }) => stopped);
    expect(backup).toMatchObject({ result: false, found: 'PAUSED', pauseSeconds: 0 });
    const request = freezeRequest(msr, { purpose: 'cutover', whenNotRunning: 'stop' });
    const cutover = await withFrozenSink(deps, request, async ({ stopped }) => stopped);
    expect(cutover).toMatchObject({ result: true, found: 'PAUSED' });
    await waitFor('the sink to be paused', paused);
    await deps.connect.resume(msr.connector);
    await waitForRunningSink(bed.connectUrl, msr.connector);
  });

  it('is refused while another consumer reads as its group, and is left as it was', async () => {
    await deps.connect.stop(msr.connector);
    const consumer = kafkaClient(bed.brokers).consumer({ groupId: `connect-${msr.connector}` });
    try {
      await waitFor('the group to be empty', async () => {
        return (await deps.kafkaAdmin.groupState(`connect-${msr.connector}`)) === 'Empty';
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [...msr.topics] });
      const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
      await consumer.run({ autoCommit: false, eachMessage: async () => {} });
      await joined;
      const request = freezeRequest(msr, { whenNotRunning: 'stop', stopDeadlineMs: 1500 });
      const refused = withFrozenSink(deps, request, async () => 'never');
      await expect(refused).rejects.toMatchObject({
        name: 'GroupActiveElsewhereError',
        message: expect.stringContaining(`the group connect-${msr.connector} is `),
      });
      expect(await sinkState(msr)).toBe('STOPPED');
    } finally {
      await consumer.disconnect();
    }
    await deps.connect.resume(msr.connector);
    await waitForRunningSink(bed.connectUrl, msr.connector);
    await expectEverythingOnce();
  });

  it('says that its last commit may be missing where a task outlived the STOP', async () => {
    const hanging = await bed.createMsr({ name: 'hanging' });
    const hangingDeps = await openFreezeDeps(hanging, directory);
    try {
      const frozen = await hanging.query('admin', async (blocker) => {
        await blocker.query('BEGIN; LOCK TABLE msr.cdc_event IN SHARE MODE');
        await hanging.produce(someEvents(hanging, 20));
        await waitFor('the sink to hang in the lock', async () => {
          const { rows } = await blocker.query(
            `SELECT FROM pg_locks WHERE NOT granted AND relation = 'msr.cdc_event'::regclass`,
          );
          return rows.length > 0;
        });
        const freezing = withFrozenSink(hangingDeps, freezeRequest(hanging), async (sink) => sink);
        await waitFor('Connect to give the task up', async () => {
          const { connector, tasks } = await hangingDeps.connect.status(hanging.connector);
          return connector === 'STOPPED' && tasks.length === 0;
        });
        await blocker.query('COMMIT');
        return await freezing;
      });
      expect(frozen.result.outlastedGracefulTimeout).toBe(true);
      // At least once is all that such a STOP leaves: who needs more corrects the offsets.
      await hanging.waitForEvents(20);
      expect((await tally(hanging)).numbers).toBe(20);
    } finally {
      await hangingDeps.close();
      await hanging.drop();
    }
  });

  const failpoints: readonly Failpoint[] = [
    'sink-stop.before',
    'sink-stop.after',
    'sink-resume.before',
    'sink-resume.after',
  ];
  it.each(failpoints)('runs again after kill -9 at %s', async (failpoint) => {
    await produceMore();
    const child = await runChild('./freezing-process.ts', ['plain'], msr.env(directory), failpoint);
    expect(child).toMatchObject({ signal: 'SIGKILL' });
    await waitForThaw(deps.vault, msr.connector);
    expect(await sinkState(msr)).toBe('RUNNING');
    await expectEverythingOnce();
  });

  it('runs again after its whole process group was killed, and the guardian says what it did', async () => {
    const child = await runChild('./freezing-process.ts', ['die'], msr.env(directory));
    expect(child).toMatchObject({ signal: 'SIGKILL' });
    await waitForThaw(deps.vault, msr.connector);
    expect(await sinkState(msr)).toBe('RUNNING');
    const log = await deps.vault.readDocument(VaultPath.guardianLog(msr.connector));
    expect(log?.content).toContain(`${msr.connector} runs`);
    await expectEverythingOnce();
  });

  it('is resumed by a later command where the guardian has died, too', async () => {
    await deps.connect.stop(msr.connector);
    const dead = { ...processIdentity(), pid: 999_999_999 };
    await createFreeze(deps.vault, newFreezeRecord(freezeBefore(msr), dead));
    await recoverStaleFreeze(deps, msr.connector, { guardianGraceMs: 100 });
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await readFreeze(deps.vault, msr.connector)).toBeUndefined();
  });

  it('that a living process has frozen is left alone', async () => {
    await createFreeze(deps.vault, newFreezeRecord(freezeBefore(msr), processIdentity(process.ppid)));
    const recovering = recoverStaleFreeze(deps, msr.connector, { guardianGraceMs: 100 });
    await expect(recovering).rejects.toThrow('is frozen since');
    expect(await sinkState(msr)).toBe('RUNNING');
  });

  it('is not rewound by a rule that runs again after it has moved on', async () => {
    const scratch = await bed.createMsr({ name: 'again' });
    const scratchDeps = await openFreezeDeps(scratch, directory);
    try {
      await scratch.produce(someEvents(scratch, 300));
      await scratch.waitForEvents(300);
      const { connector } = scratch;
      const offsets = zeroOffsets(scratch);
      await createFreeze(scratchDeps.vault, {
        ...newFreezeRecord(freezeBefore(scratch)),
        correction: { offsets: [...offsets] },
      });
      // As an undo leaves it that has failed: it is no backup's to set.
      await scratch.query('admin', async (session) => {
        await writeMarker(session, { recoveryId: 'r', offsets }, 'pending');
        // The sink writes to it all the same, as before there was a fence.
        await removeFence(session);
      });
      for (const decision of ['set-correction', 'as-is']) {
        const stored = await readFreeze(scratchDeps.vault, connector);
        if (stored === undefined) throw new Error('the record is gone');
        expect(await resumeSink(scratchDeps, stored.record)).toMatchObject({ decision });
        await scratch.waitForEvents(600);
      }
      const record = newFreezeRecord({ ...freezeBefore(scratch), purpose: 'cutover' });
      // Two at once, as a guardian and the process that it takes for dead, and one after them.
      await Promise.all([resumeSink(scratchDeps, record), resumeSink(scratchDeps, record)]);
      await scratch.waitForEvents(900);
      await resumeSink(scratchDeps, record);
      await scratch.produce(someEvents(scratch, 10, 301));
      await scratch.waitForEvents(910);
      expect(await tally(scratch)).toEqual({ rows: 910, numbers: 310 });
    } finally {
      await scratchDeps.close();
      await scratch.drop();
    }
  });

  it('is not set back by a correction that it has overtaken, nor paused or resumed against who moved it', async () => {
    const scratch = await bed.createMsr({ name: 'overtaken' });
    const scratchDeps = await openFreezeDeps(scratch, directory);
    try {
      await scratch.produce(someEvents(scratch, 300));
      await scratch.waitForEvents(300);
      const { connector } = scratch;
      await withFrozenSink(scratchDeps, freezeRequest(scratch), async () => {});
      const committed = [...(await scratchDeps.connect.offsets(connector))];
      // What a process that died in its pause has left; a person has resumed the sink since.
      const stored = await createFreeze(scratchDeps.vault, {
        ...newFreezeRecord(freezeBefore(scratch)),
        correction: { offsets: [...zeroOffsets(scratch)], committed },
      });
      if (stored === undefined) throw new Error('a record stands there');
      await scratch.produce(someEvents(scratch, 100, 301));
      await scratch.waitForEvents(400);
      // It may have committed by now, or do so when it is stopped: the end is the same.
      expect(await resumeSink(scratchDeps, stored.record)).toMatchObject({
        decision: 'as-is',
        running: true,
      });
      await scratch.produce(someEvents(scratch, 10, 401));
      await scratch.waitForEvents(410);
      expect(await tally(scratch)).toEqual({ rows: 410, numbers: 410 });

      await scratchDeps.connect.stop(connector);
      await scratchDeps.connect.pause(connector);
      await waitFor('the sink to be paused', async () => (await sinkState(scratch)) === 'PAUSED');
      const plain = newFreezeRecord(freezeBefore(scratch));
      expect(await resumeSink(scratchDeps, plain)).toMatchObject({ moved: true, running: false });
      expect(await sinkState(scratch)).toBe('PAUSED');
      await scratchDeps.connect.resume(connector);
      await waitForRunningSink(bed.connectUrl, connector);
      const paused = newFreezeRecord({ ...freezeBefore(scratch), found: 'PAUSED' });
      expect(await resumeSink(scratchDeps, paused)).toMatchObject({ moved: true });
      expect(await sinkState(scratch)).toBe('RUNNING');
    } finally {
      await scratchDeps.close();
      await scratch.drop();
    }
  });

  it('is set by one process only, while a second one waits', async () => {
    const offsets = await deps.connect.offsets(msr.connector);
    await msr.query('admin', (session) => writeMarker(session, { recoveryId: 'r', offsets }, 'pending'));
    const altered = Promise.withResolvers<void>();
    const stops: string[] = [];
    const connectAs = (name: string): ConnectClient => ({
      ...deps.connect,
      stop: async (connector) => {
        stops.push(name);
        await deps.connect.stop(connector);
      },
      alterOffsets: async (connector, to) => {
        await altered.promise;
        await deps.connect.alterOffsets(connector, to);
      },
    });
    const record = newFreezeRecord({ ...freezeBefore(msr), purpose: 'cutover' });
    const both = Promise.all([
      resumeSink({ ...deps, connect: connectAs('one') }, record),
      resumeSink({ ...deps, connect: connectAs('another') }, record),
    ]);
    await waitFor('the second one to wait for the first', () =>
      msr.query('admin', async (session) => {
        const { rows } = await session.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'msr set sink offsets' AND wait_event_type = 'Lock'`,
        );
        return rows.length === 1;
      }),
    );
    altered.resolve();
    await both;
    expect(stops).toHaveLength(1);
    await expectEverythingOnce();
  });

  const corrected: readonly (Failpoint | undefined)[] = [
    undefined,
    'offset-alter.before',
    'offset-alter.after',
    'sink-resume.before',
    'sink-resume.after',
  ];
  it.each(corrected)('is set to corrected offsets exactly once, killed at %s', async (failpoint) => {
    const scratch = await bed.createMsr({ name: `correct${corrected.indexOf(failpoint)}` });
    try {
      await scratch.produce(someEvents(scratch, 300));
      await scratch.waitForEvents(300);
      const child = await runChild('./freezing-process.ts', ['correct'], scratch.env(directory), failpoint);
      expect(child).toMatchObject({ signal: failpoint === undefined ? null : 'SIGKILL' });
      await waitForThaw(deps.vault, scratch.connector);
      await scratch.waitForEvents(600);
      await scratch.produce(someEvents(scratch, 10, 301));
      await scratch.waitForEvents(610);
      expect(await tally(scratch)).toEqual({ rows: 610, numbers: 310 });
    } finally {
      await scratch.drop();
    }
  });
});

function freezeBefore(msr: Msr) {
  return { connector: msr.connector, purpose: 'backup', owner: 'earlier', found: 'RUNNING' } as const;
}
