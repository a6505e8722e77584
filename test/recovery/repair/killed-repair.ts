import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Failpoint } from '../../../src/core/failpoint.ts';
import { newDatabaseName } from '../../../src/live/database-names.ts';
import type { BedHandle } from '../../bed/bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { runChild, sinkState, waitForThaw } from '../../freeze/scene.ts';
import { damage, LOSE } from './damage-hour.ts';
import type { PartialScene } from './partial-scene.ts';

const PROCESS = fileURLToPath(new URL('repair-process.ts', import.meta.url));

/** The databases of the scene: the live one, and what a repair has beside it. */
export async function databasesOf(bed: BedHandle, { msr }: PartialScene): Promise<string[]> {
  return await withClient(bed.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1',
      [msr.database],
    );
    return rows.map(({ name }) => name);
  });
}

/**
 * A repair that is killed at a point, and the next execution: that finds it unfinished, and takes it up.
 * @param swapped the right rows are in the live database by then
 */
export async function killAndGoOn(
  bed: BedHandle,
  scene: PartialScene,
  failpoint: Failpoint | `${Failpoint}#${number}`,
  swapped: boolean,
): Promise<void> {
  const { msr, vault, directory } = scene;
  await scene.feed(scene.events({ ago: 1, count: 20 }));
  const sound = await scene.rows();
  await damage(msr, scene.hour(4), LOSE);
  const damaged = await scene.rows();
  const { plan } = await scene.planCompared();
  const args = ['repair', plan.recoveryId];
  const { signal, said } = await runChild(PROCESS, args, msr.env(directory), failpoint);
  expect(signal, said).toBe('SIGKILL');
  await waitForThaw(vault, msr.connector);
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await scene.rows()).toEqual(swapped ? sound : damaged);
  expect(await databasesOf(bed, scene)).toContain(newDatabaseName(msr.database, plan.recoveryId));

  const next = await scene.plan();
  expect(next.plan).toMatchObject({ recoveryId: plan.recoveryId, procedure: 'partial' });
  expect(next.plan.refusal).toBeUndefined();
  await scene.carryOut(next.ctx);
  await scene.expectEveryEventOnce();
  expect(await databasesOf(bed, scene)).toEqual([msr.database]);
}
