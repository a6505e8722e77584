import { describe, expect, it } from 'vitest';
import { requireReplayable } from '../../../src/recovery/cutover/freeze-and-swap.ts';
import { withUncommitted } from '../../../src/recovery/cutover/frozen-position.ts';
import { decideSwap } from '../../../src/recovery/cutover/swap-decision.ts';

const at = (partition: number, offset: number, topic = 't') => ({ topic, partition, offset });
const ID = '20261123T041500Z-9f3a';

describe('the position of a stopped sink', () => {
  it('is the commit, the start of the log where there is none, and never before that start', () => {
    expect(withUncommitted([at(0, 9), at(1, 2), at(7, 7, 'gone')], [at(0, 0), at(1, 4), at(2, 3)])).toEqual([
      at(0, 9),
      at(1, 4),
      at(2, 3),
    ]);
  });
});

describe('an undo', () => {
  const returning = { returning: 'old database' } as const;
  it('is possible where Kafka holds everything since', () => {
    expect(() =>
      requireReplayable(
        { offsets: [at(0, 5), at(1, 0)] },
        { logStart: [at(0, 5), at(1, 0)], logEnd: [at(0, 5), at(1, 9)] },
        returning,
      ),
    ).not.toThrow();
  });
  it('is refused where retention has struck', () => {
    expect(() =>
      requireReplayable({ offsets: [at(0, 5)] }, { logStart: [at(0, 8)], logEnd: [at(0, 9)] }, returning),
    ).toThrow('the old database misses events of t-0 from 5 on, and Kafka begins at 8');
  });
  it('is refused where the topic was created anew, or cut', () => {
    const bounds = { logStart: [at(0, 0)], logEnd: [at(0, 3)] };
    expect(() => requireReplayable({ offsets: [at(0, 5)] }, bounds, returning)).toThrow(
      'the old database was fed up to 5 of t-0, which ends at 3: the topic was created anew or truncated',
    );
  });
  it('takes a partition that came later from its first record on, as long as that is there', () => {
    const swap = (start: number) => () =>
      requireReplayable(
        { offsets: [at(0, 5)] },
        { logStart: [at(0, 0), at(1, start)], logEnd: [] },
        returning,
      );
    expect(swap(0)).not.toThrow();
    expect(swap(3)).toThrow('the old database misses events of t-1 from 0 on, and Kafka begins at 3');
  });
  it('is refused where a partition is not read any more', () => {
    expect(() => requireReplayable({ offsets: [at(0, 5)] }, { logStart: [], logEnd: [] }, returning)).toThrow(
      'the old database was fed from t-0, which the sink does not read any more',
    );
  });
});

describe('a swap', () => {
  const undo = { returning: 'old database', comesFrom: 'msr_old', keepAs: 'msr_new' } as const;
  const redo = { returning: 'recovered database', comesFrom: 'msr_new', keepAs: 'msr_old' } as const;
  const recovered = { recoveredBy: ID, marked: true };
  const old = { recoveredBy: undefined, marked: true };
  const earlier = { recoveredBy: '20261101T000000Z-0000', marked: true };
  const stranger = { recoveredBy: '20261201T000000Z-1111', marked: false };

  it.each([
    ['undo', undo, true, recovered, 'swap'],
    ['undo of a recovered database that is gone or broken', undo, true, undefined, 'swap'],
    ['undo that was done', undo, false, old, 'done'],
    ['undo that was done, back to what an earlier recovery made', undo, false, earlier, 'done'],
    ['redo', redo, true, old, 'swap'],
    ['redo that was done', redo, false, recovered, 'done'],
  ] as const)('%s', (_, direction, waiting, live, expected) => {
    expect(decideSwap(direction, { recoveryId: ID, waiting, live })).toBe(expected);
  });

  it.each([
    [
      'undo without an old database',
      undo,
      false,
      recovered,
      `the old database of the recovery ${ID} is gone`,
    ],
    [
      'undo of an earlier recovery',
      undo,
      true,
      stranger,
      'the live database is of the recovery 20261201T000000Z-1111',
    ],
    [
      'redo over a database that it never replaced',
      redo,
      true,
      { recoveredBy: undefined, marked: false },
      'of no recovery',
    ],
  ] as const)('%s is refused', (_, direction, waiting, live, message) => {
    expect(() => decideSwap(direction, { recoveryId: ID, waiting, live })).toThrow(message);
  });
});
