import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';

/**
 * strimzi/strimzi-kafka-operator#12542: an operator's reconciler sets a connector to the state that it was
 * told, whoever has stopped it and why. Here it goes on for some seconds of a cutover, under load.
 */
const RECONCILED_EVERY_MS = 150;
const RECONCILED_TIMES = 30;

const vault = mkdtempSync(join(tmpdir(), 'msr-reconciled-'));
let msr: Msr;
let produced = 0;

beforeAll(async () => {
  msr = await sharedBed().createMsr({ name: 'reconciled', partitions: 2 });
  await produce(300);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

async function produce(count: number): Promise<void> {
  await msr.produce(someEvents(msr, count, produced + 1));
  produced += count;
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}

/** @returns how often it has resumed a sink that somebody had stopped */
async function reconcile(over: AbortSignal): Promise<number> {
  const connect = connectClient(readSettings(msr.env(vault)).connect);
  let resumed = 0;
  while (!over.aborted && resumed < RECONCILED_TIMES) {
    const state = await connect.status(msr.connector).catch(() => undefined);
    if (state?.connector === 'STOPPED') {
      resumed += 1;
      await connect.resume(msr.connector).catch(() => {});
    }
    await produce(10);
    await delay(RECONCILED_EVERY_MS);
  }
  return resumed;
}

test('a sink that somebody resumes again and again during the cutover doubles nothing', async () => {
  const over = new AbortController();
  const reconciler = reconcile(over.signal);
  const recovered = await run('recover', '--force', '--yes').finally(() => over.abort());
  expect(await reconciler).toBeGreaterThan(0);
  expectEnd(recovered, 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await produce(50);
  await msr.waitForEvents(produced);
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
  // The cutover waits up to two minutes between its attempts, and may need the third.
}, 420_000);
