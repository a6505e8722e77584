import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedBed } from '../../bed/shared-bed.ts';
import { sinkState } from '../../freeze/scene.ts';
import { allBut, expectEnd, type PointInTimeScene, pointInTimeScene, recoveryOf } from './scene.ts';

const bed = sharedBed();
const LONG_AGO = '2020-01-01T00:00:00Z';

describe('a deployment that deletes entities from a moment on', () => {
  let scene: PointInTimeScene;
  let at: string;
  let bad: number[];
  let track: string;
  let stopped: string;

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

  it.each<[string, () => string[], RegExp]>([
    [
      'a moment before the first backup',
      () => ['--until', LONG_AGO],
      /no usable backup.*after 2020-01-01.*HINT: .*from before 2020/,
    ],
    [
      'a moment in the future',
      () => ['--until', '2999-01-01T00:00:00Z'],
      /is in the future HINT: name the moment/,
    ],
    [
      'a moment that nothing came after',
      () => ['--until', new Date().toISOString()],
      /Kafka holds no record of .* or later: there is nothing to leave out/,
    ],
    [
      'offsets beyond the end',
      () => ['--until-offsets', `${track}-0:99999`],
      /gis\.track-0 ends at \d+, before offset 99999/,
    ],
    [
      'a partition that the sink does not read',
      () => ['--until-offsets', 'elsewhere-7:1'],
      /the sink reads no elsewhere-7: it reads .*gis\.geo_entity-0/,
    ],
    [
      'a table that is none',
      () => ['--skip', 'table=gis.trac'],
      /no event is of the table gis\.trac: there are gis\.geo_entity, gis\.track/,
    ],
    [
      'a column that is none',
      () => ['--skip', 'user=5'],
      /a skip names "user", which no event has HINT: it may name table/,
    ],
    [
      'an end that is missing',
      () => ['--until', at, '--then', 'continue'],
      /does not say what is left out HINT/,
    ],
  ])('is refused for %s, with nothing changed', async (_, args, said) => {
    const before = await scene.held();
    const refused = await scene.run(['recover', '--yes', ...args()]);
    expectEnd(refused, 1);
    expect(`${refused.stdout} ${refused.stderr}`.replace(/\s+/g, ' ')).toMatch(said);
    expect(await scene.held()).toEqual(before);
  });

  it.each([
    ['meet nothing', ['--skip', 'entity=nobody'], /no record since the backup meets --skip entity=nobody/],
    [
      'meet everything',
      ['c', 'u', 'd', 'r'].flatMap((operation) => ['--skip', `operation=${operation}`]),
      /every record since the backup meets --skip operation=c .*: nothing would be replayed/,
    ],
  ])('is refused before the cutover where the skips %s', async (_, skips, said) => {
    const before = await scene.held();
    const refused = await scene.run(['recover', '--yes', '--fresh', ...skips]);
    expectEnd(refused, 1);
    expect(`${refused.stdout} ${refused.stderr}`.replace(/\s+/g, ' ')).toMatch(said);
    expect(await scene.held()).toEqual(before);
    expect(await sinkState(scene.msr)).toBe('RUNNING');
  });

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
    stopped = recoveryOf(recovered);
    const left = allBut(backup, allBut(150, []));
    expect(await scene.held()).toEqual(allBut(150, []));
    expect(await scene.setAside(recoveryOf(recovered))).toEqual({ table: left, files: left });
    expectEnd(await scene.run(['backup']), 0);
    await scene.write({ count: 10 });
    expect(await scene.held()).toEqual(allBut(scene.produced(), left));
  });

  it('is written after all, where somebody wants it, and then all of it was: once', async () => {
    const retried = await scene.run(['quarantine', 'retry', stopped, '--kind', 'skipped', '--yes']);
    expectEnd(retried, 0);
    expect(retried.stdout).toContain(`recovery ${stopped}: recovered, `);
    expect(await scene.held()).toEqual(allBut(scene.produced(), []));
    const again = await scene.run(['quarantine', 'retry', stopped, '--all', '--yes']);
    expect(again.stdout).toMatch(/^0 to write, 0 stay, \d+ were retried before\n$/);
    expect(await scene.held()).toEqual(allBut(scene.produced(), []));
    const retries = await scene.run(['quarantine', 'list', stopped, '--json', '--limit', '1']);
    expect(JSON.parse(retries.stdout)).toMatchObject({ shown: [{ retried: { outcome: 'written' } }] });
  });
});

describe('a recovery to a point in time that is killed', () => {
  let scene: PointInTimeScene;
  beforeAll(async () => {
    scene = await pointInTimeScene(bed, 'pitkill');
    await scene.write({ count: 50 });
    expectEnd(await scene.run(['backup']), 0);
  });
  afterAll(() => scene?.drop());

  it.each([
    ['after a batch is committed', 'replay-batch.after', 2],
    ['after the files are named', 'quarantine-write.after', 2],
    ['before the files are named, again and again', 'quarantine-write.before', 1],
  ] as const)('%s: goes on, and leaves out the same once', async (_, failpoint, exitCode) => {
    await scene.write({ count: 20 });
    const at = await scene.moment();
    const bad = await scene.write({ count: 30, op: 'd' });
    const good = await scene.write({ count: 20 });
    const skip = `operation=d,${at}..`;
    const killed = await scene.run(['recover', '--yes', '--skip', skip], failpoint);
    expect(killed.stderr).toContain('Replay failed with States.HeartbeatTimeout');
    expectEnd(killed, exitCode);
    if (exitCode === 1) {
      // Nothing else may be left out than what was begun.
      const other = await scene.run(['recover', '--yes', '--skip', 'operation=c']);
      expectEnd(other, 1);
      expect(other.stdout).toContain('would go on as it was begun');
      expectEnd(await scene.run(['recover', '--yes']), 2);
    }
    expect(await scene.setAside(recoveryOf(killed))).toEqual({ table: bad, files: bad });
    const held = await scene.held();
    expect(held).toEqual(allBut(scene.produced(), bad));
    expect(held).toEqual(expect.arrayContaining(good));
    expectEnd(await scene.run(['recover', '--undo', '--yes']), 0);
    await scene.msr.waitForEvents(scene.produced());
    expect(await scene.held()).toEqual(allBut(scene.produced(), []));
  });
});
