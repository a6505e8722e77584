import { type Figures, ratios, type Spread, spread } from './figures.ts';
import type { Machine } from './machine.ts';
import type { BenchSize, ReplayFigures } from './replay-rounds.ts';

export interface BenchResult {
  readonly machine: Machine;
  readonly size: BenchSize;
  readonly replay: ReplayFigures;
}

/** docs/benchmark.md of a result. Pure. */
export function benchmarkPage({ machine, size, replay }: BenchResult): string {
  const { sink, ours, copy, large } = replay;
  return `# Benchmark

Written by \`npm run bench\`; do not edit. Measured ${machine.at} UTC on ${machine.processors} × ${machine.processor}, ${machine.memoryGiB} GiB; Node ${machine.node}, PostgreSQL ${machine.postgres}, TimescaleDB ${machine.timescaledb}. Load of the last minute as the run ended: ${machine.load}.

The subjects took turns in ${size.rounds} rounds on the same ${thousands(size.events)} events of about 1 KB. A cell is the median, with min and max.

## Replay

| subject | rows a second | µs of our processors a row | peak memory, MiB |
|---|---:|---:|---:|
${[sink, ours, copy].map(row).join('\n')}

Replay ${times(spread(ratios(ours, sink)))} the sink, ${times(spread(ratios(ours, copy)))} COPY alone. COPY alone is one session that reads the same rows as text from a file: without Kafka, decoding and the ledger. The replay commits offsets and digests with the rows.

With ${large.messages} messages of 10 MB the replay took ${Math.round(large.peakMiB)} MiB at the most.
`;
}

function row({ subject, rowsPerSecond, cpuMicros, peakMiB }: Figures): string {
  const cells = [
    cell(spread(rowsPerSecond), thousands),
    cpuMicros === undefined ? '' : cell(spread(cpuMicros), (value) => value.toFixed(1)),
    peakMiB === undefined ? '' : cell(spread(peakMiB), thousands),
  ];
  return `| ${subject} | ${cells.join(' | ')} |`;
}

function cell({ median, min, max }: Spread, print: (value: number) => string): string {
  return `${print(median)} (${print(min)}–${print(max)})`;
}

function times({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)}) ×`;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}
