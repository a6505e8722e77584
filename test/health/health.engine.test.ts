import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthReport } from '../../src/health/health-report.ts';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runCli } from '../cli/run-cli.ts';

const bed = sharedBed();

describe('msr health', () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-health-'));
    msr = await bed.createMsr({ name: 'health', partitions: 2 });
    const to = new Date();
    const from = new Date(to.getTime() - 3_600_000);
    await msr.produce(history({ seed: 1, count: 200, topics: msr.topics, from, to }));
    await msr.waitForEvents(200);
    const { exitCode, stderr } = await runCli(['backup', '--json'], msr.env(directory));
    expect(exitCode, stderr).toBe(0);
  });
  afterAll(async () => {
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  async function health(...args: string[]): Promise<{ exitCode: number; report: HealthReport }> {
    const { exitCode, stdout } = await runCli(['health', '--json', ...args], msr.env(directory));
    return { exitCode, report: JSON.parse(stdout) };
  }

  it('finds a healthy MSR healthy', async () => {
    const { report } = await health();
    const bad = report.results.filter(({ status }) => status === 'failed').map(({ evidence }) => evidence);
    expect(bad).toEqual([]);
  });
});
