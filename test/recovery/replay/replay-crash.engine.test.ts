import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { FAILPOINT_VARIABLE } from '../../../src/core/failpoint.ts';
import { prove } from '../../../src/ledger/prove.ts';
import { history } from '../../bed/events.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import type { ReplayTask } from './replay-process.ts';
import { allRows, countEvents, logEnd, type ReplayScene, replayScene } from './replay-scene.ts';

const EVENTS = 2_000;
const BATCH = 300;

describe('a replayer that is killed', () => {
  const bed = sharedBed();
  let scene: ReplayScene;

  afterEach(() => scene.drop());

  it.each([
    ['before the COMMIT of its third batch', 'replay-batch.before#3', 2],
    ['after the COMMIT of its third batch', 'replay-batch.after#3', 3],
  ])('%s goes on with neither gap nor double', async (_, failpoint, committed) => {
    scene = await replayScene(bed, { name: `replaykill${committed}` });
    const { live, target, session } = scene;
    const from = new Date(Date.now() - 7_200_000);
    await live.produce(
      history({ seed: committed, count: EVENTS, topics: live.topics, from, to: new Date() }),
    );

    const signal = await replayUntilKilled(failpoint, 1);
    expect(signal).toBe('SIGKILL');
    expect(await countEvents(target)).toBe(committed * BATCH);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);

    const replayer = await scene.open({ batch: { records: BATCH, bytes: 1 << 20 } });
    const summary = await replayer.catchUp();
    await replayer.close();

    expect(summary.inserted).toBe(EVENTS - committed * BATCH);
    await live.waitForEvents(EVENTS);
    expect(await allRows(target)).toEqual(await allRows(live));
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
  });

  it('goes on with neither gap nor double where it had threads, of which one has just committed', async () => {
    scene = await replayScene(bed, { name: 'replaykillthreads' });
    const { live, target, session } = scene;
    const from = new Date(Date.now() - 7_200_000);
    await live.produce(history({ seed: 4, count: EVENTS, topics: live.topics, from, to: new Date() }));

    expect(await replayUntilKilled('replay-batch.after#2', 3)).toBe('SIGKILL');
    const replayer = await scene.open({ batch: { records: BATCH, bytes: 1 << 20 } });
    // Whatever the threads had under way is over by now.
    const committed = await countEvents(target);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
    const summary = await replayer.catchUp();
    await replayer.close();

    expect(committed).toBeGreaterThan(0);
    expect(summary.inserted).toBe(EVENTS - committed);
    await live.waitForEvents(EVENTS);
    expect(await allRows(target)).toEqual(await allRows(live));
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
  });

  async function replayUntilKilled(failpoint: string, threads: number): Promise<NodeJS.Signals | null> {
    const { live, target, kafka } = scene;
    const ends = await logEnd(kafka, live.topics);
    const task: ReplayTask = {
      kafka,
      connector: live.connector,
      threads,
      sinkConfig: live.sinkConfig,
      targetUrl: target.url('admin'),
      start: ends.map((end) => ({ ...end, offset: 0 })),
      batch: { records: BATCH, bytes: 1 << 20 },
    };
    const script = new URL('replay-process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      env: { ...process.env, REPLAY_TASK: JSON.stringify(task), [FAILPOINT_VARIABLE]: failpoint },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    return signal;
  }
});
