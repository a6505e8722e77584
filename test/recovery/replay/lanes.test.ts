import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../src/core/operator-error.ts';
import type { Lane, LaneTask } from '../../../src/recovery/replay/lane.ts';
import { Lanes } from '../../../src/recovery/replay/lanes.ts';
import { emptySummary } from '../../../src/recovery/replay/summary.ts';

const task: LaneTask = { stage: 0, round: 1, from: [], ends: [] };
const never = new AbortController().signal;
const nothing = () => {};

function lane(run: Lane['run'], closed: string[] = [], name = ''): Lane {
  return { run, close: async () => void closed.push(name) };
}

const done = (dataRecords: number) => lane(async () => ({ ...emptySummary(), dataRecords }));
/** Works until it is stopped. */
const endless = lane(
  (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('in the words of a thread')));
    }),
);

describe('Lanes', () => {
  it('opens lanes as there are tasks for them, once, and closes them', async () => {
    const closed: string[] = [];
    let opened = 0;
    const lanes = new Lanes(done(1), 3, async () => {
      opened++;
      return lane(async () => ({ ...emptySummary(), dataRecords: 2 }), closed, `lane ${opened}`);
    });
    expect(await lanes.run([task], never, nothing)).toMatchObject([{ dataRecords: 1 }]);
    expect(opened).toBe(0);
    const both = await lanes.run([task, task], never, nothing);
    expect(both).toMatchObject([{ dataRecords: 1 }, { dataRecords: 2 }]);
    await lanes.run([task, task], never, nothing);
    expect(opened).toBe(1);
    await lanes.close();
    expect(closed).toEqual(['lane 1']);
  });

  it('tells what the first one failed of, once the others have stopped', async () => {
    const fault = new OperatorError('poison', { hint: 'look' });
    const lanes = new Lanes(endless, 2, async () => lane(() => Promise.reject(fault)));
    await expect(lanes.run([task, task], never, nothing)).rejects.toBe(fault);
  });

  it('stops all of them with the reason of whoever stops it', async () => {
    const stop = new AbortController();
    const lanes = new Lanes(endless, 2, async () => endless);
    const running = lanes.run([task, task], stop.signal, nothing);
    const reason = new Error('the operator');
    setImmediate(() => stop.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it('keeps what could be opened where one cannot, so that it is closed', async () => {
    const closed: string[] = [];
    let opened = 0;
    const lanes = new Lanes(done(1), 3, async () => {
      if (++opened === 1) throw new Error('too many connections');
      return lane(async () => emptySummary(), closed, 'kept');
    });
    await expect(lanes.run([task, task, task], never, nothing)).rejects.toThrow('too many connections');
    await lanes.close();
    expect(closed).toEqual(['kept']);
  });
});
