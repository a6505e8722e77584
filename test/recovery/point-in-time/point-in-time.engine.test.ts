import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedBed } from '../../bed/shared-bed.ts';
import { allBut, expectEnd, type PointInTimeScene, pointInTimeScene, recoveryOf } from './scene.ts';

const bed = sharedBed();

describe('a deployment that deletes entities from a moment on', () => {
  let scene: PointInTimeScene;
  let at: string;
  let bad: number[];
  let track: string;

  beforeAll(async () => {
    scene = await pointInTimeScene(bed, 'pit');
    track = scene.msr.topics[1] ?? '';
    await scene.write({ count: 100 });
    expectEnd(await scene.run(['backup']), 0);
    await scene.write({ count: 50, op: 'd' });
    at = await scene.moment();
    bad = await scene.write({ count: 40, op: 'd' });
    await scene.write({ count: 30, topic: track, op: 'd' });
    await scene.write({ count: 30 });
    // It holds the damage already.
    expectEnd(await scene.run(['backup']), 0);
    await scene.write({ count: 20 });
  });
  afterAll(() => scene?.drop());

  it('is left out, and nothing else: from a backup of before it, with a plan that says so', async () => {
    const skip = ['--skip', `table=geo_entity,operation=d,${at}..`];
    const plan = JSON.parse((await scene.run(['recover', '--dry-run', '--json', ...skip])).stdout);
    expect(plan.refusal).toBeUndefined();
    expect(plan).toMatchObject({ procedure: 'point-in-time', course: { leaveOut: { after: 'continue' } } });
    expect(plan.remarks.join('\n')).toMatch(/a newer backup cannot be used: .*after/);
    expect(plan.remarks.join('\n')).toContain(
      `set aside is what meets table=gis.geo_entity,operation=d,from=${at}`,
    );

    const recovered = await scene.run(['recover', '--approve', plan.hash, ...skip]);
    expectEnd(recovered, 2);
    expect(recovered.stdout).toContain(`${bad.length} SET ASIDE`);
    expect(await scene.held()).toEqual(allBut(scene.produced(), bad));
    expect(await scene.setAside(recoveryOf(recovered))).toEqual({ table: bad, files: bad });
    // The sink goes on behind them.
    await scene.write({ count: 10 });
    expect(await scene.held()).toEqual(allBut(scene.produced(), bad));
  });

  it('can be undone: every event is there again, once', async () => {
    expectEnd(await scene.run(['recover', '--undo', '--yes']), 0);
    await scene.msr.waitForEvents(scene.produced());
    expect(await scene.held()).toEqual(allBut(scene.produced(), []));
  });

  it('stops before it, and the next backup is not surprised by what is missing', async () => {
    const backup = scene.produced();
    const recovered = await scene.run(['recover', '--yes', '--until', at]);
    expectEnd(recovered, 2);
    const left = allBut(backup, allBut(150, []));
    expect(await scene.held()).toEqual(allBut(150, []));
    expect(await scene.setAside(recoveryOf(recovered))).toEqual({ table: left, files: left });
    expectEnd(await scene.run(['backup']), 0);
    await scene.write({ count: 10 });
    expect(await scene.held()).toEqual(allBut(scene.produced(), left));
  });
});
