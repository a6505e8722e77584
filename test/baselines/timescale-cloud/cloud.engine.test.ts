import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseForkTime } from '../../../src/baselines/timescale-cloud/fork-time.ts';
import { describeError } from '../../../src/core/operator-error.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { TimescaleCloudVolumes } from '../../../src/manifest/volumes-schema.ts';
import { backUp, heldByDump, hoursOf } from '../../backup/scene.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { sinkState, someEvents } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { CREDENTIALS, type StandIn, startStandIn } from './stand-in.ts';

/** The database is real; of the service there is only a stand-in that answers as its documentation says. */
const bed = sharedBed();
let msr: Msr;
let cloud: StandIn;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'cloud', partitions: 2 });
  await msr.produce(someEvents(msr, 300));
  await msr.waitForEvents(300);
  const { hostname, port } = new URL(msr.url('backup'));
  cloud = await startStandIn({ endpoint: { host: hostname, port: Number(port) } });
});
afterAll(async () => {
  await cloud?.stop();
  await msr?.drop();
});

function backUpWith(directory: string, change: Record<string, unknown> = {}): Promise<Manifest> {
  const options = JSON.stringify({ ...cloud.options, ...change });
  return backUp(msr, directory, { MSR_STRATEGY: 'timescale-cloud', MSR_STRATEGY_OPTIONS: options });
}

describe('a backup by Timescale Cloud', () => {
  it('pins a whole second inside the pause, with a dump of the same cut beside it', async () => {
    const directory = temporaryDirectory();
    const manifest = await backUpWith(directory);
    const volumes = manifest.volumes[0] as TimescaleCloudVolumes;
    const [takenAt, forkTime] = [new Date(manifest.cut.takenAt), new Date(volumes.forkTime)];
    expect(forkTime.getUTCMilliseconds()).toBe(0);
    expect(forkTime.getTime()).toBeGreaterThan(takenAt.getTime());
    const pauseMs = manifest.cut.sinkPauseSeconds * 1000;
    expect(forkTime.getTime()).toBeLessThan(takenAt.getTime() + pauseMs);
    expect(volumes).toEqual({
      ...{ kind: 'timescale-cloud', projectId: 'project1', serviceId: 'source1', region: 'eu-central-1' },
      forkTime: forkTime.toISOString(),
      forkableUntil: new Date(forkTime.getTime() + 3 * 86_400_000).toISOString(),
    });
    expect(manifest).toMatchObject({ strategy: 'timescale-cloud', events: { count: 300 } });
    expect(manifest.cut.remarks.join()).toContain('only a fork (a drill) proves it');
    expect((await heldByDump(msr, directory, manifest)).hours).toEqual(hoursOf(manifest));
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(textsOf(directory)).not.toContain(CREDENTIALS.secretKey);
  });

  it('takes no dump where none is asked for', async () => {
    const manifest = await backUpWith(temporaryDirectory(), { dump: false });
    expect(manifest).toMatchObject({ artifacts: [], madeBy: { pgDump: null } });
    expect(manifest.volumes).toHaveLength(1);
  });

  it('is refused while the service is not well, before anything stops', async () => {
    const [service] = cloud.services;
    if (service !== undefined) service.status = 'PAUSED';
    expect(await backUpWith(temporaryDirectory()).then(String, describeError)).toContain(
      'the service source1 is PAUSED, not READY\nHINT: ',
    );
    if (service !== undefined) service.status = 'READY';
    expect(await sinkState(msr)).toBe('RUNNING');
  });
});

describe('the moment of a fork', () => {
  it('has passed by the server’s clock when the fence may end', async () => {
    await msr.query('backup', async (fence) => {
      await fence.query('BEGIN');
      await fence.query('LOCK TABLE ONLY msr.cdc_event IN SHARE MODE');
      const before = await clock(fence);
      const at = await chooseForkTime(fence);
      expect(at.getTime()).toBeGreaterThan(before.getTime());
      expect((await clock(fence)).getTime()).toBeGreaterThan(at.getTime());
      await fence.query('ROLLBACK');
    });
  });
});

async function clock(session: {
  query(sql: string): Promise<{ rows: ReadonlyArray<{ now: Date }> }>;
}): Promise<Date> {
  const { rows } = await session.query('SELECT clock_timestamp() AS now');
  const [row] = rows;
  if (row === undefined) throw new Error('no row');
  return row.now;
}

/** All that the vault holds but dumps. */
function textsOf(directory: string): string {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return files
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}
