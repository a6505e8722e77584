import { describe, expect, it } from 'vitest';
import { benchmarkPage } from '../../scripts/bench/benchmark-page.ts';
import { type Figures, ratios, spread } from '../../scripts/bench/figures.ts';

describe('spread', () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[9, 1, 4], { median: 4, min: 1, max: 9 }],
    [[10, 2, 4, 30], { median: 7, min: 2, max: 30 }],
  ])('of %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });
});

const figures = (subject: string, ...rowsPerSecond: readonly number[]): Figures => ({
  subject,
  rowsPerSecond,
});

describe('ratios', () => {
  it('compares what ran in the same round', () => {
    // By medians it would be 2: the second round was slow for both.
    expect(ratios(figures('ours', 60, 20, 60), figures('sink', 10, 5, 30))).toEqual([6, 4, 2]);
  });

  it('refuses subjects of different rounds', () => {
    expect(() => ratios(figures('ours', 1, 2), figures('sink', 1))).toThrow(
      'ours and sink have different rounds',
    );
  });
});

it('the page tells medians, spreads and ratios, and how busy the machine was', () => {
  const page = benchmarkPage({
    machine: {
      ...{ processor: 'CPU', processors: 2, memoryGiB: 8, load: 1.5, node: 'v24', postgres: '17' },
      ...{ timescaledb: '2.19.3 (apache)', at: '2026-11-28T03:00' },
    },
    size: { events: 1_000, rounds: 2, largeMessages: 3 },
    replay: {
      sink: figures('sink', 1_000, 1_200),
      ours: { ...figures('replay', 6_000, 6_000), cpuMicros: [12, 13], peakMiB: [200, 210] },
      copy: figures('COPY', 6_000, 8_000),
      large: { messages: 3, peakMiB: 300 },
    },
  });
  expect(page).toContain('Load of the last minute as the run ended: 1.5.');
  expect(page).toContain('| sink | 1,100 (1,000–1,200) |  |  |');
  expect(page).toContain('| replay | 6,000 (6,000–6,000) | 12.5 (12.0–13.0) | 205 (200–210) |');
  expect(page).toContain('Replay 5.50 (5.00–6.00) × the sink, 0.88 (0.75–1.00) × COPY alone.');
  expect(page).toContain('With 3 messages of 10 MB the replay took 300 MiB at the most.');
});
