import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BedHandle } from '../bed/bed.ts';
import { chooseSeed } from '../bed/random.ts';
import type { Disaster } from './disasters.ts';
import type { DrillReport } from './report.ts';
import { runDrill } from './run-drill.ts';

/** Fails by what the drill found wrong. @param events of history before the backup */
export async function expectSmallDrill(
  bed: BedHandle,
  disaster: Disaster,
  events: number,
): Promise<DrillReport> {
  const vault = await mkdtemp(join(tmpdir(), 'msr-drill-vault-'));
  try {
    const report = await runDrill(bed, { disaster, events, rate: 1_000, seed: chooseSeed(), vault });
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ verdict: 'passed', lost: 0, doubled: 0, unknown: 0 });
    return report;
  } finally {
    await rm(vault, { recursive: true, force: true });
  }
}
