import {
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RunInstancesCommand,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll } from 'vitest';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { type AwsFront, startAwsFront } from '../../aws/front.ts';
import { NOBODY, standsForDatabase } from '../../aws/scenes.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { someEvents } from '../../freeze/scene.ts';

export const COPY_REGION = 'eu-central-1';

/**
 * An MSR whose database 'lies' on an instance of moto's with a boot volume and two data volumes. moto
 * completes every snapshot at once, so that a front before it plays what takes EC2 hours.
 */
export interface EbsScene {
  readonly moto: Emulator;
  readonly front: AwsFront;
  readonly ec2: EC2Client;
  readonly msr: Msr;
  readonly instanceId: string;
  readonly rootVolumeId: string;
  readonly dataVolumeIds: readonly string[];
  /** Those of this MSR's backups, in both regions. */
  snapshots(): Promise<Snapshot[]>;
}

/** Made before the first test of the file, and gone after its last one. */
export function ebsScene(name: string, events: number): () => EbsScene {
  const bed = sharedBed();
  let scene: EbsScene | undefined;
  beforeAll(async () => {
    const moto = await startMoto();
    const front = await startAwsFront(moto);
    const [ec2, elsewhere] = [clientOf(moto, EMULATED_REGION), clientOf(moto, COPY_REGION)];
    const instance = await runInstance(ec2);
    const msr = await bed.createMsr({ name });
    standsForDatabase(instance.instanceId, msr.connector);
    scene = {
      ...{ moto, front, ec2, msr },
      ...instance,
      snapshots: () => ownSnapshots([ec2, elsewhere], msr),
    };
    const grant = `GRANT pg_checkpoint TO "${bed.roles.backup.user}"`;
    await withClient(bed.adminUrl, (admin) => admin.query(grant));
    await msr.produce(someEvents(msr, events));
    await msr.waitForEvents(events);
  });
  afterAll(async () => {
    scene?.ec2.destroy();
    await scene?.msr.drop();
    await scene?.front.stop();
    await scene?.moto.stop();
  });
  return () => {
    if (scene === undefined) throw new Error('the scene is made before the first test');
    return scene;
  };
}

function clientOf({ endpoint }: Emulator, region: string): EC2Client {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new EC2Client({ region, endpoint, credentials, ...NOBODY });
}

async function runInstance(
  ec2: EC2Client,
): Promise<Pick<EbsScene, 'instanceId' | 'rootVolumeId' | 'dataVolumeIds'>> {
  const device = (DeviceName: string) => ({ DeviceName, Ebs: { VolumeSize: 8, VolumeType: 'gp3' as const } });
  const { Instances: [started] = [] } = await ec2.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 },
      BlockDeviceMappings: ['/dev/sda1', '/dev/sdf', '/dev/sdg'].map(device),
    }),
  );
  const { InstanceId: instanceId = '' } = started ?? {};
  const { Reservations: [found] = [] } = await ec2.send(
    new DescribeInstancesCommand({ InstanceIds: [instanceId] }),
  );
  const { RootDeviceName: root, BlockDeviceMappings: devices = [] } = found?.Instances?.[0] ?? {};
  const idsOf = (some: typeof devices) => some.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  const [rootVolumeId = ''] = idsOf(devices.filter(({ DeviceName }) => DeviceName === root));
  return { instanceId, rootVolumeId, dataVolumeIds: idsOf(devices).filter((id) => id !== rootVolumeId) };
}

async function ownSnapshots(clients: readonly EC2Client[], msr: Msr): Promise<Snapshot[]> {
  const Filters = [{ Name: `tag:${SnapshotTag.instance}`, Values: [msr.connector] }];
  const answers = await Promise.all(
    clients.map((client) => client.send(new DescribeSnapshotsCommand({ Filters }))),
  );
  return answers.flatMap(({ Snapshots = [] }) => Snapshots);
}
