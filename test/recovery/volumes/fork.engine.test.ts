import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import { createMsr, type Msr } from '../../bed/msr.ts';
import { freePort } from '../../bed/ports.ts';
import { type OwnServer, startOwnServer } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withDatabase } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { expectEnd, type TwoPlaces, twoPlaces } from '../redirect/two-places.ts';
import { type PlayedCloud, playCloud } from './played-cloud.ts';

/**
 * The owner of the database is the service's administrator: no superuser, who may
 * neither rename nor close it.
 */
const password = randomBytes(18).toString('base64url');
const vault = mkdtempSync(join(tmpdir(), 'msr-fork-'));

let own: OwnServer;
let cloud: PlayedCloud;
let msr: Msr;
let places: TwoPlaces;

beforeAll(async () => {
  own = await startOwnServer(sharedBed());
  msr = await createMsr(own.bed, { name: 'fork', tasks: 2 });
  cloud = await playCloud(own, own.bed.roles.owner);
  places = twoPlaces(msr, own.bed.connectUrl);
  await places.produce();
  await msr.waitForEvents(200);
}, 300_000);

afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
  await cloud?.stop();
  await own?.stop();
});

interface Run {
  readonly target?: string;
  readonly failpoint?: Failpoint;
}

function run(args: readonly string[], { target, failpoint }: Run = {}): Promise<MsrResult> {
  return runMsr(args, {
    ...msr.env(vault),
    MSR_STRATEGY: 'timescale-cloud',
    MSR_STRATEGY_OPTIONS: JSON.stringify({ ...cloud.options, dump: false }),
    ...(target === undefined ? {} : { MSR_DATABASE_URL: msr.url('owner'), MSR_TARGET_DATABASE_URL: target }),
    ...(failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: failpoint }),
  });
}

/**
 * A backup, and events after it that only Kafka has: by the service's WAL alone they
 * would be in a later fork, too.
 */
async function backUp(): Promise<void> {
  expectEnd(await run(['backup', '--ignore-maintenance']), 0);
  await places.produce();
}

/** The administrator's URL, with the password that the fork is to have. */
function administrator(port: number | string): string {
  const { user } = own.bed.roles.owner;
  return `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
}

const recover = (fresh: boolean): string[] => ['recover', '--yes', '--force', ...(fresh ? ['--fresh'] : [])];

/** Where nobody listens, so that a fork is made, and made known. */
async function bringForkUp(): Promise<string> {
  const told = await run(recover(true), { target: administrator(await freePort()) });
  expectEnd(told, 1);
  const target = administrator(new URL(cloud.latestFork().adminUrl).port);
  expect(told.stdout + told.stderr).toContain(`it is reached at ${new URL(target).host}`);
  return target;
}

const liveOn = (target: string): string =>
  withDatabase(target, msr.database, { user: own.bed.roles.owner.user, password });

describe('a recovery from a fork', () => {
  it.each<[Failpoint | undefined]>([[undefined], ['rename.after'], ['offset-alter.before']])(
    'killed at %s ends on the fork with every event once, and its undo leads back',
    async (failpoint) => {
      await backUp();
      const target = await bringForkUp();
      expectEnd(await run(recover(false), { target, ...(failpoint && { failpoint }) }), 0);
      await places.expectEverythingOnceAt(liveOn(target));
      expectEnd(await run(['recover', '--undo', '--yes'], { target }), 0);
      await places.expectEverythingOnceAt(msr.url('owner'));
      await cloud.latestFork().stop();
    },
  );

  it('that dies before the commit point, again and again, leaves the live database live, and is gone on with', async () => {
    await backUp();
    const target = await bringForkUp();
    expectEnd(await run(recover(false), { target, failpoint: 'rename.before' }), 1);
    await places.expectEverythingOnceAt(msr.url('owner'));
    expectEnd(await run(recover(false), { target }), 0);
    await places.expectEverythingOnceAt(liveOn(target));
    expectEnd(await run(['recover', '--undo', '--yes'], { target }), 0);

    const again = await run(recover(true), { target });
    expectEnd(again, 1);
    expect(again.stdout + again.stderr).toContain('was taken over by an earlier recovery');
    await places.expectEverythingOnceAt(msr.url('owner'));
  });
});
