import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { BedHandle } from '../../test/bed/bed.ts';

/** Where a benchmark was run. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  /** The load of the last minute as the run ended: well above the processors, others were at work. */
  readonly load: number;
  readonly node: string;
  readonly postgres: string;
  readonly timescaledb: string;
  readonly at: string;
}

export function machineOf(bed: Pick<BedHandle, 'major' | 'timescaledb' | 'edition'>): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    postgres: String(bed.major),
    timescaledb: `${bed.timescaledb} (${bed.edition})`,
    at: new Date().toISOString().slice(0, 16),
  };
}
