import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseSeed } from '../bed/random.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { DISASTERS } from './disasters.ts';
import { runDrill } from './run-drill.ts';

let vault: string;

beforeEach(async () => {
  vault = await mkdtemp(join(tmpdir(), 'msr-drill-vault-'));
});

afterEach(() => rm(vault, { recursive: true, force: true }));

test.each(DISASTERS)(
  'a small drill after %s loses nothing beyond what is named, and doubles nothing',
  async (disaster) => {
    const report = await runDrill(sharedBed(), {
      disaster,
      events: 10_000,
      rate: 1_000,
      seed: chooseSeed(),
      vault,
    });

    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'passed',
      lost: 0,
      doubled: 0,
      unknown: 0,
      predictedLost: 2_000,
    });
  },
);
