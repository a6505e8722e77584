import { describe, expect, test } from 'vitest';
import {
  type Activity,
  describeActivity,
  describeFinished,
  isComplete,
  observe,
  rateOf,
} from '../../src/core/activity.ts';
import type { ProgressUpdate } from '../../src/core/progress.ts';

type Heard = readonly [atSeconds: number, done: number];

function heard(updates: readonly Heard[], rest: Omit<ProgressUpdate, 'done'>): Activity {
  const activity = updates.reduce<Activity | undefined>(
    (known, [at, done]) => observe(known, { ...rest, done }, at * 1000),
    undefined,
  );
  if (activity === undefined) throw new Error('no update');
  return activity;
}

const dump = { activity: 'dump', unit: 'bytes', total: 1_000_000_000 } as const;
const replay = { activity: 'replay', unit: 'events', total: 200_000 } as const;
const open = { activity: 'replay', unit: 'events' } as const;
const steps = { activity: 'digests', unit: 'steps', total: 8 } as const;

describe('describeActivity', () => {
  const cases: ReadonlyArray<
    readonly [
      what: string,
      updates: readonly Heard[],
      rest: Omit<ProgressUpdate, 'done'>,
      now: number,
      text: string,
    ]
  > = [
    ['only begun', [[0, 0]], dump, 1, 'dump: 0 B of 1 GB (0 %)'],
    [
      'at a rate',
      [
        [0, 0],
        [10, 500_000_000],
      ],
      dump,
      10,
      'dump: 500 MB of 1 GB (50 %), 50 MB/s, about 10s left',
    ],
    [
      'that goes on after a crash: the rate is of now, not of what was there',
      [
        [0, 100_000],
        [5, 150_000],
      ],
      replay,
      5,
      'replay: 150,000 events of 200,000 events (75 %), 10,000 events/s, about 5s left',
    ],
    [
      'without a known end',
      [
        [0, 0],
        [2, 3_000],
      ],
      open,
      2,
      'replay: 3,000 events, 1,500 events/s',
    ],
    [
      'in steps: no rate',
      [
        [0, 0],
        [4, 2],
      ],
      steps,
      4,
      'digests: 2 steps of 8 steps (25 %), about 12s left',
    ],
    [
      'that has fallen silent: no estimate',
      [
        [0, 0],
        [10, 500_000_000],
      ],
      dump,
      22,
      'dump: 500 MB of 1 GB (50 %), nothing new for 12s',
    ],
    [
      'that reports but does not move: no estimate',
      [
        [0, 7],
        [5, 7],
      ],
      { ...dump, total: 9 },
      5,
      'dump: 7 B of 9 B (77 %)',
    ],
    [
      'whose rate has changed: the last seconds count',
      [
        [0, 0],
        [10, 900_000_000],
        [20, 900_000_000],
        [30, 910_000_000],
      ],
      dump,
      30,
      'dump: 910 MB of 1 GB (91 %), 500 kB/s, about 3m left',
    ],
    ['of nothing', [[0, 0]], { ...dump, total: 0 }, 1, 'dump: 0 B of 0 B'],
  ];
  test.each(cases)('%s', (_, updates, rest, now, text) => {
    expect(describeActivity(heard(updates, rest), now * 1000)).toBe(text);
  });
});

describe('describeFinished', () => {
  test('tells amount, time and the rate over all of it', () => {
    const updates: Heard[] = [
      [0, 0],
      [65, 1_000_000_000],
    ];
    expect(describeFinished(heard(updates, dump), 65_000)).toBe('dump: 1 GB in 1m 5s, 15.4 MB/s');
    expect(describeFinished(heard([[0, 8]], steps), 3_000)).toBe('digests: 8 steps in 3s');
  });

  test('what was done before it began does not count for the rate', () => {
    const updates: Heard[] = [
      [0, 100_000],
      [10, 200_000],
    ];
    expect(describeFinished(heard(updates, replay), 10_000)).toBe(
      'replay: 200,000 events in 10s, 10,000 events/s',
    );
  });
});

describe('observe', () => {
  test('begins anew where the count falls', () => {
    const again = heard(
      [
        [0, 0],
        [5, 100],
        [6, 10],
      ],
      open,
    );
    expect(again).toMatchObject({ startedAt: 6_000, doneAtStart: 10 });
    expect(rateOf(again)).toBeUndefined();
  });

  test('keeps only the points that the rate needs', () => {
    const updates = Array.from({ length: 1_000 }, (_, index): Heard => [index, index]);
    expect(heard(updates, open).points.length).toBeLessThan(20);
  });

  test('is complete at its total, never without one', () => {
    expect(isComplete(heard([[0, 8]], steps))).toBe(true);
    expect(isComplete(heard([[0, 7]], steps))).toBe(false);
    expect(isComplete(heard([[0, 7]], open))).toBe(false);
  });
});
