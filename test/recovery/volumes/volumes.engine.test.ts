import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import { withLock } from '../../../src/vault/lock.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { NOBODY, recordedAs, standsForDatabase, standsForRecoveryHost } from '../../aws/scenes.ts';
import { createMsr, type Msr } from '../../bed/msr.ts';
import { type OwnServer, startOwnServer } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type TimescaleServer, withClient, withDatabase } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { expectEnd, type TwoPlaces, twoPlaces } from '../redirect/two-places.ts';
import { type PlayedEc2, playEc2 } from './played-ec2.ts';

const vault = mkdtempSync(join(tmpdir(), 'msr-volumes-'));

let own: OwnServer;
let moto: Emulator;
let ec2: PlayedEc2;
let instanceId: string;
let msr: Msr;
let places: TwoPlaces;

beforeAll(async () => {
  own = await startOwnServer(sharedBed());
  moto = await startMoto();
  ec2 = await playEc2(moto, own);
  instanceId = await runInstance({ BlockDeviceMappings: [dataVolume] });
  msr = await createMsr(own.bed, { name: 'volumes', tasks: 2 });
  await withClient(own.bed.adminUrl, (admin) =>
    admin.query(`GRANT pg_checkpoint TO "${own.bed.roles.backup.user}"`),
  );
  standsForDatabase(instanceId, msr.connector);
  places = twoPlaces(msr, own.bed.connectUrl);
  await places.produce();
  await msr.waitForEvents(200);
}, 300_000);

afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop('lost');
  await ec2?.stop();
  await moto?.stop();
  await own?.stop();
});

/** One data volume beside the boot volume. */
const dataVolume = { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 8, VolumeType: 'gp3' as const } };

async function runInstance(change: Partial<RunInstancesCommandInput>): Promise<string> {
  const client = new EC2Client({
    region: EMULATED_REGION,
    endpoint: moto.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...NOBODY,
  });
  const image = { ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 };
  const { Instances } = await client.send(new RunInstancesCommand({ ...image, ...change }));
  client.destroy();
  return Instances?.[0]?.InstanceId ?? '';
}

interface Run {
  readonly target?: string;
  readonly failpoint?: Failpoint;
  readonly env?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], { target, failpoint, env }: Run = {}): Promise<MsrResult> {
  return runMsr(args, {
    ...msr.env(vault),
    ...moto.env,
    ...recordedAs('task'),
    AWS_ENDPOINT_URL: ec2.endpoint,
    MSR_STRATEGY: 'ebs',
    MSR_STRATEGY_OPTIONS: JSON.stringify({ region: EMULATED_REGION, instanceId }),
    ...(target === undefined ? {} : { MSR_DATABASE_URL: msr.url('admin'), MSR_TARGET_DATABASE_URL: target }),
    ...(failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: failpoint }),
    ...env,
  });
}

/** A backup, and events after it that only Kafka has. */
async function backUp(): Promise<string> {
  const taken = await run(['backup', '--ignore-maintenance', '--json']);
  expectEnd(taken, 0);
  await places.produce();
  return JSON.parse(taken.stdout).id;
}

const calls = (action: string): number => ec2.calls.filter((call) => call.action === action).length;

/** As the recovery has named what it made. */
function restoreName(): string {
  const { body } = ec2.calls.find(({ action }) => action === 'CreateVolume') ?? { body: '' };
  return [...new URLSearchParams(body).values()].find((value) => value.startsWith('msr-restore-')) ?? '';
}

const liveOn = ({ adminUrl }: TimescaleServer): string => withDatabase(adminUrl, msr.database);

describe('a recovery from volumes', () => {
  it('is refused where the target is the live server, by its own name or by another one', async () => {
    await backUp();
    const plan = await run(['recover', '--yes', '--force'], { target: own.server.adminUrl });
    expectEnd(plan, 1);
    expect(plan.stderr + plan.stdout).toContain('come up as a server of their own');
    const alias = own.server.adminUrl.replace('127.0.0.1', 'localhost');
    const refused = await run(['recover', '--yes', '--force'], { target: alias });
    expectEnd(refused, 1);
    expect(refused.stderr + refused.stdout).toContain('name one server');
    await places.expectEverythingOnceAt(msr.url('admin'));
  });

  it('takes no copy over that somebody uses, or that has lost an event', async () => {
    const copy = await ec2.startOnCopy();
    await withClient(liveOn(copy), async (client) => {
      const refused = await run(['recover', '--yes', '--force'], { target: copy.adminUrl });
      expectEnd(refused, 1);
      expect(refused.stderr + refused.stdout).toContain('is in use');
      await client.query(`DELETE FROM msr.cdc_event WHERE entity_state ->> 'n' = '7'`);
    });
    const other = await run(['recover', '--yes', '--force'], { target: copy.adminUrl });
    expectEnd(other, 1);
    expect(other.stderr + other.stdout).toContain('is not what the manifest says');
    await copy.stop();
    await places.expectEverythingOnceAt(msr.url('admin'));
  });

  it.each<[Failpoint | undefined]>([
    [undefined],
    ['rename.after'],
    ['sink-config.before'],
    ['offset-alter.before'],
  ])('killed at %s ends on the copy with every event once, and its undo leads back', async (failpoint) => {
    await backUp();
    const copy = await ec2.startOnCopy();
    const target = copy.adminUrl;
    expectEnd(
      await run(['recover', '--yes', '--force', '--fresh'], { target, ...(failpoint && { failpoint }) }),
      0,
    );
    await places.expectEverythingOnceAt(liveOn(copy));
    expectEnd(await run(['recover', '--undo', '--yes'], { target }), 0);
    await places.expectEverythingOnceAt(msr.url('admin'));
    await copy.stop();
  });

  it('that dies before it has taken the copy over, again and again, is gone on with', async () => {
    await backUp();
    const copy = await ec2.startOnCopy();
    const target = copy.adminUrl;
    expectEnd(
      await run(['recover', '--yes', '--force', '--fresh'], { target, failpoint: 'rename.before' }),
      1,
    );
    await places.expectEverythingOnceAt(msr.url('admin'));
    expectEnd(await run(['recover', '--yes', '--force'], { target }), 0);
    await places.expectEverythingOnceAt(liveOn(copy));
    expectEnd(await run(['recover', '--undo', '--yes'], { target }), 0);
    await copy.stop();
  });

  it('brings the volumes up by itself where nothing runs yet, and gives them back when it is told to', async () => {
    const id = await backUp();
    const Tags = [{ Key: 'msr-instance', Value: msr.connector }];
    const recoveryInstanceId = await runInstance({
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    });
    standsForRecoveryHost(recoveryInstanceId);
    const restore = { recoveryInstanceId, commands: ['mount {device:/dev/sdf} /data', 'pg_ctl start'] };
    const env = { MSR_STRATEGY_OPTIONS: JSON.stringify({ region: EMULATED_REGION, instanceId, restore }) };
    const target = await ec2.newServerUrl();
    const plan = await run(['recover', '--dry-run', '--force', '--fresh'], { target, env });
    expectEnd(plan, 0);
    expect(plan.stdout + plan.stderr).toContain('does not run yet');
    ec2.startWhenCommanded(target);
    expectEnd(await run(['recover', '--yes', '--force', '--fresh'], { target, env }), 0);
    await places.expectEverythingOnceAt(withDatabase(target, msr.database));
    expect([calls('CreateVolume'), calls('AttachVolume'), calls('SendCommand')]).toEqual([1, 1, 1]);

    const discard = ['backups', 'restore-volumes', id, '--discard', '--name', restoreName(), '--json'];
    const refused = await run(discard, { target, env });
    expectEnd(refused, 1);
    expect(refused.stderr + refused.stdout).toContain('became the live database');
    // As after the loss of the old server, with an environment that was not changed since.
    const lost = await ec2.newServerUrl();
    const unchanged = { ...env, MSR_DATABASE_URL: lost, MSR_TARGET_DATABASE_URL: lost };
    const kept = await run(discard, { env: unchanged });
    expectEnd(kept, 1);
    expect(kept.stderr + kept.stdout).toContain('became the live database');
    expect([calls('DetachVolume'), calls('DeleteVolume')]).toEqual([0, 0]);

    expectEnd(await run(['recover', '--undo', '--yes'], { target, env }), 0);
    await places.expectEverythingOnceAt(msr.url('admin'));
    const running = await run(discard, { target, env });
    expectEnd(running, 1);
    expect(running.stderr + running.stdout).toContain('may run on vol-');
    await ec2.stopServers();
    await withLock(openVault(`file://${vault}`), { purpose: 'backup' }, async () => {
      const waiting = await run(discard, { target, env });
      expectEnd(waiting, 1);
      expect(waiting.stderr + waiting.stdout).toContain('another operation holds the lock');
    });
    expect(calls('DetachVolume')).toBe(0);
    expectEnd(await run(discard, { target, env }), 0);
    expect([calls('DetachVolume'), calls('DeleteVolume')]).toEqual([1, 1]);
  });

  it('of a hybrid backup begins with the volumes where it is told to, and needs nothing of the live server', async () => {
    const volumes = { strategy: 'ebs', options: { region: EMULATED_REGION, instanceId } };
    const hybrid = { MSR_STRATEGY: 'hybrid', MSR_STRATEGY_OPTIONS: JSON.stringify({ volumes }) };
    expectEnd(await run(['backup', '--ignore-maintenance'], { env: hybrid }), 0);
    await places.produce();
    const copy = await ec2.startOnCopy();
    await own.stop();
    const target = copy.adminUrl;
    expectEnd(await run(['recover', '--yes', '--fresh', '--from', 'volumes'], { target, env: hybrid }), 0);
    await places.expectEverythingOnceAt(liveOn(copy));
  });
});
