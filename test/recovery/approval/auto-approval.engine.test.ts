import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { someEvents } from '../../freeze/scene.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-auto-approval-'));
let msr: Msr;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'unasked' });
  await msr.produce(someEvents(msr, 200, 1));
  await msr.waitForEvents(200);
  expect(await run({}, 'backup', '--ignore-maintenance')).toMatchObject({ exitCode: 0 });
  await dropDatabase(msr);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (more: Readonly<Record<string, string>>, ...args: string[]): Promise<MsrResult> =>
  runMsr(args, { ...msr.env(vault), ...more });

test('a plan whose procedure the configuration does not list waits for somebody', async () => {
  const asked = await run({ MSR_AUTO_APPROVE: 'configuration' }, 'recover');
  expect(asked.exitCode).toBe(1);
  expect(asked.stdout + asked.stderr).not.toContain('approved by configuration');
});

test('one that loses nothing, of a procedure that it lists, is carried out unasked, and the report says so', async () => {
  const recovered = await run({ MSR_AUTO_APPROVE: 'standard' }, 'recover');
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 0 });
  await msr.waitForEvents(200);
  const [latest] = JSON.parse((await run({}, 'recoveries', 'list', '--json')).stdout).recoveries;
  expect(latest.report.remarks).toContainEqual(
    expect.stringMatching(/^approved by configuration: approval\.autoApprove lists standard, /),
  );
});
