import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { compareWithSent, type ForgetfulSource, startForgetfulSource, sumOf } from './forgetful-source.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-inexact-'));
let msr: Msr;
let source: ForgetfulSource;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'nopause', partitions: 2 });
  source = await startForgetfulSource(bed, msr);
});
afterAll(async () => {
  await source?.stop().catch(() => {});
  await msr?.drop();
  rmSync(vault, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

test('a backup beside a sink that never stands still, and a recovery that loses and doubles nothing', async () => {
  await source.goOn(60);
  const backup = await run('backup', '--no-pause', '--json');
  expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  const { cut, sink, events }: Manifest = JSON.parse(backup.stdout);
  expect(cut).toMatchObject({ exact: false, sinkPauseSeconds: 0 });
  expect(sink.stateFound).toBe('RUNNING');
  // The sink commits once a minute: nearly all that it wrote is in doubt.
  const width = (cut.overlap?.until ?? []).reduce((sum, { offset }) => sum + offset, 0);
  expect(width).toBeGreaterThan(events.count / 2);

  await source.goOn(40);
  await dropDatabase(msr);
  await source.goOn(10);
  const planned = await run('recover', '--dry-run');
  expect(planned.stdout).toContain('inexact cut: overlap dropped by content');
  const recovered = await run('recover', '--yes');
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 0 });
  expect(recovered.stdout).toMatch(
    /\nverdict +RECOVERED; INEXACT CUT: OVERLAP DROPPED BY CONTENT \([\d,]+ IN THE DUMP ALREADY\)\n$/,
  );
  expect(recovered.stdout).toMatch(/ledger, cutover +balanced: .* inserted, [\d,]+ in the dump already, /);

  await source.goOn(10);
  await source.stop();
  await msr.waitForEvents(sumOf(source.sent));
  expect(await compareWithSent(msr, source.sent)).toEqual({
    ...{ lost: 0, doubled: 0 },
    rows: sumOf(source.sent),
  });
});
