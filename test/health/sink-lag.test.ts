import { describe, expect, it } from 'vitest';
import type { Offsets } from '../../src/core/offsets.ts';
import { composeRecord } from '../../src/health/compose-record.ts';
import type { HealthRecord } from '../../src/health/health-record.ts';
import { comparable } from '../../src/health/health-record.ts';
import { judgeSinkLag, judgeSinkStalled } from '../../src/health/judge-sink-lag.ts';
import type { Judgement } from '../../src/health/judgement.ts';
import type { LogHealth } from '../../src/health/look-at-log.ts';
import { reckon, type Waiting } from '../../src/health/look-at-waiting.ts';
import { settle } from '../../src/health/settle.ts';
import { logRecord, partitionLags } from '../../src/health/sink-lag.ts';

const START = Date.parse('2026-11-27T10:00:00Z');
const MINUTE = 60_000;
const TOPIC = 'gis.geo';
const DAY = 86_400_000;

/** What one partition looked like at one run. */
interface At {
  readonly minute: number;
  readonly committed: number;
  readonly end: number;
  /** @default all offsets between the two */
  readonly waiting?: number;
  /** Age of the first waiting record, in minutes before the run. @default 1 */
  readonly oldMinutes?: number;
  readonly topicId?: string;
  /** Whether the sink runs. @default true */
  readonly running?: boolean;
}

/** Plays runs one after another, each with the record of the one before. */
function play(runs: readonly At[]): { lag: Judgement; stalled: Judgement }[] {
  let latest: HealthRecord | undefined;
  return runs.map((run) => {
    const now = new Date(START + run.minute * MINUTE);
    const ctx = { now, previous: comparable(latest, now) };
    const log = logOf(run, now);
    const lags = partitionLags(log, { ...ctx, running: run.running ?? true }) ?? [];
    const lag = judgeSinkLag(lags, new Map([[TOPIC, 7 * DAY]]), ctx);
    const stalled = judgeSinkStalled(lags, ctx);
    const results = settle(
      new Map([
        ['sink-lag', lag],
        ['sink-stalled', stalled],
      ]),
      ctx,
    );
    const report = {
      ...{ version: 1 as const, at: now.toISOString(), instance: null, seconds: 1 },
      ...{ verdict: 'healthy' as const, results, values: lag.values ?? {}, quiet: null, done: [] },
    };
    const seen = {
      log: logRecord(log, lags, now),
      starts: [],
      sink: undefined,
      lock: undefined,
      logEnd: run.end,
      sighting: undefined,
      keep: {},
    };
    latest = composeRecord(report, seen, latest);
    return { lag, stalled };
  });
}

function logOf(
  { committed, end, waiting = end - committed, oldMinutes = 1, topicId = 'a' }: At,
  now: Date,
): LogHealth {
  const at = (offset: number): Offsets => [{ topic: TOPIC, partition: 0, offset }];
  const found: Waiting = { messages: waiting, exact: true, oldestAt: now.getTime() - oldMinutes * MINUTE };
  return {
    topics: { seen: [{ name: TOPIC, id: topicId, partitions: [0] }] },
    settings: { seen: [] },
    ends: { seen: { start: at(0), end: at(end), stable: at(end) } },
    committed: { seen: at(committed) },
    storage: { error: new Error('not asked') },
    clusterId: { seen: 'c' },
    waiting: { seen: waiting > 0 ? new Map([[`${TOPIC}-0`, found]]) : new Map() },
  };
}

const severities = (runs: readonly At[]) =>
  play(runs).map(({ lag, stalled }) => `${lag.severity}/${stalled.severity}`);

describe('the lag of the sink', () => {
  it.each<[string, readonly At[], readonly string[]]>([
    [
      'a burst that is written by the next run',
      [
        { minute: 0, committed: 0, end: 0 },
        { minute: 15, committed: 100, end: 270_100 },
        { minute: 30, committed: 270_100, end: 271_000 },
      ],
      ['none/none', 'none/none', 'none/none'],
    ],
    [
      'bursts at every run that the sink keeps up with',
      [
        { minute: 0, committed: 0, end: 20_000 },
        { minute: 15, committed: 20_000, end: 50_000 },
        { minute: 30, committed: 50_000, end: 90_000 },
      ],
      ['none/none', 'none/none', 'none/none'],
    ],
    [
      'a lag that grows pages at the second run, and not before',
      [
        { minute: 0, committed: 0, end: 15_000 },
        { minute: 15, committed: 5_000, end: 40_000 },
        { minute: 30, committed: 40_000, end: 41_000 },
      ],
      ['none/none', 'page/none', 'none/none'],
    ],
    [
      'a lag within the limit that moves',
      [
        { minute: 0, committed: 0, end: 9_000 },
        { minute: 15, committed: 100, end: 9_900 },
      ],
      ['none/none', 'none/none'],
    ],
    [
      'commits that stand still while a few messages wait',
      [
        { minute: 0, committed: 10, end: 12 },
        { minute: 15, committed: 10, end: 13 },
        { minute: 30, committed: 13, end: 13 },
      ],
      ['none/none', 'none/page', 'none/none'],
    ],
    [
      'commits that stand still between two looks of one minute are not yet a stall',
      [
        { minute: 0, committed: 10, end: 12 },
        { minute: 1, committed: 10, end: 12 },
        { minute: 3, committed: 10, end: 12 },
      ],
      ['none/none', 'none/none', 'none/page'],
    ],
    [
      'trailing transaction markers are no lag and no stall',
      [
        { minute: 0, committed: 4, end: 5, waiting: 0 },
        { minute: 15, committed: 4, end: 5, waiting: 0 },
        { minute: 30, committed: 4, end: 5, waiting: 0 },
      ],
      ['none/none', 'none/none', 'none/none'],
    ],
    [
      'a stall that flaps with the lag begins anew',
      [
        { minute: 0, committed: 10, end: 12 },
        { minute: 2, committed: 10, end: 12, waiting: 0 },
        { minute: 4, committed: 10, end: 12 },
      ],
      ['none/none', 'none/none', 'none/none'],
    ],
    [
      'a sink that did not run, and runs again, stands still from then on',
      [
        { minute: 0, committed: 10, end: 12, running: false },
        { minute: 15, committed: 10, end: 13, running: false },
        { minute: 30, committed: 10, end: 13 },
        { minute: 45, committed: 10, end: 13 },
      ],
      ['none/none', 'none/none', 'none/none', 'none/page'],
    ],
    [
      'a topic that was made anew is compared with nothing',
      [
        { minute: 0, committed: 10, end: 12 },
        { minute: 15, committed: 10, end: 12, topicId: 'b' },
      ],
      ['none/none', 'none/none'],
    ],
    [
      'a clock that was set back compares with nothing',
      [
        { minute: 60, committed: 10, end: 12 },
        { minute: 15, committed: 10, end: 12 },
      ],
      ['none/none', 'none/none'],
    ],
    [
      'a run of hours ago is not the run before',
      [
        { minute: 0, committed: 0, end: 15_000 },
        { minute: 600, committed: 10, end: 40_000 },
      ],
      ['none/none', 'none/none'],
    ],
    [
      'half of the retention pages at once',
      [{ minute: 0, committed: 10, end: 12, oldMinutes: 4 * 24 * 60 }],
      ['page/none'],
    ],
    [
      'a quarter of the retention is a ticket',
      [{ minute: 0, committed: 10, end: 12, oldMinutes: 2 * 24 * 60 }],
      ['ticket/none'],
    ],
  ])('%s', (_, runs, expected) => {
    expect(severities(runs)).toEqual(expected);
  });

  it('is never negative, whatever the clocks of producers say', () => {
    const [run] = play([{ minute: 0, committed: 20, end: 12, oldMinutes: -90 }]);
    expect(run?.lag.value).toBe(0);
    const [ahead] = play([{ minute: 0, committed: 10, end: 12, oldMinutes: -90 }]);
    expect(ahead?.lag.values).toMatchObject({
      SinkLagMessages: 2,
      SinkLagSeconds: 0,
      SinkLagRetentionPercent: 0,
    });
  });
});

describe('what waits in a partition', () => {
  it.each([
    [
      'everything was looked at',
      { offsets: 10, records: 7, oldestAt: 5 },
      10,
      { messages: 7, exact: true, oldestAt: 5 },
    ],
    [
      'half of the offsets are markers',
      { offsets: 200, records: 100, oldestAt: 5 },
      20_000,
      { messages: 10_000, exact: false, oldestAt: 5 },
    ],
    ['it was not looked at', undefined, 30, { messages: 30, exact: false, oldestAt: null }],
  ])('%s', (_, seen, ahead, expected) => {
    expect(reckon(seen, ahead)).toEqual(expected);
  });
});

it('judges and records a thousand partitions within 200 ms, in less than 200 KB', () => {
  const partitions = Array.from({ length: 1000 }, (_, partition) => partition);
  const offsets = (offset: number): Offsets =>
    partitions.map((partition) => ({ topic: TOPIC, partition, offset }));
  const log: LogHealth = {
    topics: { seen: [{ name: TOPIC, id: 'a', partitions }] },
    settings: { seen: [] },
    ends: { seen: { start: offsets(1e9), end: offsets(2e9), stable: offsets(2e9) } },
    committed: { seen: offsets(2e9 - 5) },
    storage: { error: new Error('not asked') },
    clusterId: { seen: 'c' },
    waiting: {
      seen: new Map(
        partitions.map((at) => [`${TOPIC}-${at}`, { messages: 5, exact: true, oldestAt: START }]),
      ),
    },
  };
  const now = new Date(START);
  const began = performance.now();
  const lags = partitionLags(log, { previous: undefined, now, running: true }) ?? [];
  const record = logRecord(log, lags, now);
  expect(judgeSinkLag(lags, new Map(), { previous: undefined, now }).value).toBe(5000);
  expect(performance.now() - began).toBeLessThan(200);
  expect(JSON.stringify(record).length).toBeLessThan(200_000);
});
