import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { someEvents } from '../../freeze/scene.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-other-start-'));
let msr: Msr;
const backups: string[] = [];
/** The last ones of each partition are missed by the next backup itself. */
const EVENTS = 800;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'older' });
  await msr.produce(someEvents(msr, EVENTS, 1));
  await msr.waitForEvents(EVENTS);
  await backUp();
  // By hand, in the database itself: Kafka knows nothing of it.
  await msr.query('admin', (client) =>
    client.query(`DELETE FROM msr.cdc_event WHERE (ctid, tableoid) IN
      (SELECT ctid, tableoid FROM msr.cdc_event ORDER BY event_timestamp LIMIT 7)`),
  );
  await backUp();
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

async function backUp(): Promise<void> {
  const made = await run('backup', '--json', '--ignore-maintenance');
  expect(made, made.stdout + made.stderr).toMatchObject({ exitCode: 0 });
  backups.push(JSON.parse(made.stdout).id);
}

async function planNow(...args: string[]) {
  return JSON.parse((await run('recover', '--dry-run', '--json', ...args)).stdout);
}

test('events that the newest backup lacks already are brought back from the one before, and the plan says why', async () => {
  const [older = '', newest = ''] = backups;
  const plan = await planNow();
  expect(plan.refusal).toBeUndefined();
  expect(plan).toMatchObject({ procedure: 'standard', backupId: older, database: { state: 'damaged' } });
  expect(plan.remarks).toContainEqual(
    expect.stringContaining(
      `a newer backup cannot be used: ${newest}: it does not hold all that the backup ${older} holds (`,
    ),
  );
  expect(await planNow('--backup', newest)).toMatchObject({
    backupId: newest,
    refusal: expect.stringContaining('there is nothing to recover'),
  });

  const recovered = await run('recover', '--yes');
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 0 });
  await msr.waitForEvents(EVENTS);
});

test('what a recovery has brought back since is no reason to go back to an older backup', async () => {
  await backUp();
  const plan = await planNow();
  expect(plan).toMatchObject({
    backupId: backups[2],
    refusal: expect.stringContaining('there is nothing to recover'),
  });
  const own = plan.options.find((option: { backupId?: string }) => option.backupId === backups[2]);
  expect(own).toMatchObject({
    procedure: 'standard',
    basis: 'measured here',
    cost: { low: expect.any(Number) },
  });
});
