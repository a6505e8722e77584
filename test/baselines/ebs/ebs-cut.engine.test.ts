import { beforeEach, expect, test } from 'vitest';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { listBackups } from '../../../src/manifest/catalogue.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { EMULATED_REGION } from '../../aws/emulators.ts';
import type { AwsRule } from '../../aws/front.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { sinkState } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { COPY_REGION, ebsScene } from './ebs-scene.ts';
import { lockingRule, refusal } from './ec2-answers.ts';

const scene = ebsScene('ebs-cut', 100);
let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
  scene().front.calls.splice(0);
});

async function backUp(rule: AwsRule, change: object = {}): Promise<MsrResult> {
  const { front, msr, instanceId } = scene();
  front.rule = rule;
  const options = JSON.stringify({ region: EMULATED_REGION, instanceId, ...change });
  const flags = ['--strategy', 'ebs', '--strategy-options', options];
  return await runMsr(['backup', '--ignore-maintenance', '--json', ...flags], {
    ...msr.env(directory),
    ...front.env,
  });
}

const callsOf = (action: string) => scene().front.calls.filter((call) => call.action === action);
const moto: AwsRule = (_call, answer) => answer();

async function expectNothing(): Promise<void> {
  expect(await sinkState(scene().msr)).toBe('RUNNING');
  expect(await scene().snapshots()).toEqual([]);
  expect(await listBackups(openVault(`file://${directory}`))).toEqual([]);
}

test.each<[string, AwsRule, string]>([
  ['EC2 refuses the snapshots', async () => refusal('SnapshotLimitExceeded'), 'snapshots of i-'],
  [
    'EC2 has a fault of its own',
    async () => ({ ...refusal('InternalError'), status: 500 }),
    'snapshots of i-',
  ],
  [
    'the answer to them is lost',
    async (_call, taken) => {
      await taken();
      return undefined;
    },
    'snapshots of i-',
  ],
  [
    'one of the volumes is left out',
    async (_call, taken) => {
      const { status, body } = await taken();
      return { status, body: body.replace(/(?<=<volumeId>)vol-[0-9a-f]+/, 'vol-00000000') };
    },
    'snapshot of vol-',
  ],
])(
  'where %s in the pause the sink runs again and nothing stays; they are asked for once',
  async (_, cut, text) => {
    const states: (string | undefined)[] = [];
    const failed = await backUp(async (call, answer) => {
      if (call.action !== 'CreateSnapshots') return await answer();
      states.push(await sinkState(scene().msr));
      return await cut(call, answer);
    });
    expect(failed.exitCode, failed.stdout).toBe(1);
    expect(failed.stdout + failed.stderr).toContain(`EC2 took no ${text}`);
    expect(states).toEqual(['STOPPED']);
    await expectNothing();
  },
);

// vmware-tanzu/velero#5776: whoever takes a second snapshot of a volume within 15 s is refused.
test('where others have just snapshot the volumes, they are asked for once more when EC2 takes them again', async () => {
  const asked: number[] = [];
  const states: (string | undefined)[] = [];
  const taken = await backUp(async (call, answer) => {
    if (call.action !== 'CreateSnapshots') return await answer();
    asked.push(performance.now());
    states.push(await sinkState(scene().msr));
    return asked.length === 1 ? refusal('SnapshotCreationPerVolumeRateExceeded') : await answer();
  });
  expect(taken.exitCode, taken.stderr).toBe(0);
  const [first = 0, second = 0] = asked;
  expect(asked).toHaveLength(2);
  expect(second - first).toBeGreaterThan(15_000);
  expect(states).toEqual(['STOPPED', 'STOPPED']);
  // It ran in between: the pause of the backup is that of the second attempt alone.
  expect(JSON.parse(taken.stdout).cut.sinkPauseSeconds).toBeLessThan(15);
  expect(taken.stderr).toContain('EC2 takes no snapshots of ');
});

test('asks for the data volumes but those left out, within the pause', async () => {
  const [kept, excluded = ''] = scene().dataVolumeIds;
  const taken = await backUp(moto, { excludeVolumeIds: [excluded] });
  expect(taken.exitCode, taken.stderr).toBe(0);
  const { id, cut, volumes } = JSON.parse(taken.stdout);
  const [request] = callsOf('CreateSnapshots');
  expect(Object.fromEntries(request?.parameters ?? [])).toMatchObject({
    'InstanceSpecification.InstanceId': scene().instanceId,
    'InstanceSpecification.ExcludeBootVolume': 'true',
    'InstanceSpecification.ExcludeDataVolumeId.1': excluded,
  });
  // moto knows no excluded volumes, and takes all.
  expect(volumes[0].snapshots).toContainEqual(expect.objectContaining({ volumeId: kept }));
  const own = (await scene().snapshots()).filter(({ Tags = [] }) => Tags.some(({ Value }) => Value === id));
  expect(own).not.toHaveLength(0);
  const takenAt = Date.parse(cut.takenAt);
  for (const { StartTime } of own) {
    // moto tells whole seconds.
    expect(StartTime?.getTime()).toBeGreaterThan(takenAt - 1000);
    expect(StartTime?.getTime()).toBeLessThan(takenAt + cut.sinkPauseSeconds * 1000);
  }
});

test('refuses the root volume among the excluded, which EC2 would refuse in the pause', async () => {
  const { rootVolumeId: root } = scene();
  const refused = await backUp(moto, { excludeVolumeIds: [root] });
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout + refused.stderr).toContain(`${root} is the root volume`);
  expect(refused.stderr).not.toContain('is being stopped');
  expect(callsOf('CreateSnapshots')).toEqual([]);
});

const lock = { mode: 'governance', days: 14 };

test('copies once all are complete, and locks both only when the manifest is there', async () => {
  const locked = new Map<string, string>();
  const states: (string | undefined)[] = [];
  const locking = lockingRule(locked);
  const taken = await backUp(
    async (call, answer) => {
      const [backup] = await listBackups(openVault(`file://${directory}`));
      if (call.action === 'LockSnapshot') states.push(backup?.state);
      return await locking(call, answer);
    },
    { copyTo: { region: COPY_REGION, kmsKeyId: 'alias/copies' }, lock },
  );
  expect(taken.exitCode, taken.stderr).toBe(0);
  const [{ snapshots, copies }] = JSON.parse(taken.stdout).volumes;
  const ids = snapshots.map(({ snapshotId }: { snapshotId: string }) => snapshotId);
  expect(copies).toMatchObject({ region: COPY_REGION });

  expect(callsOf('CopySnapshot').map(({ region, parameters }) => [region, ...parameters.values()])).toEqual(
    ids.map((id: string) =>
      expect.arrayContaining([COPY_REGION, EMULATED_REGION, id, 'alias/copies', 'true']),
    ),
  );
  const ofCopies = (await scene().snapshots()).filter(({ Tags = [] }) =>
    Tags.some(({ Key }) => Key === SnapshotTag.copyOf),
  );
  expect(ofCopies.map(({ SnapshotId }) => SnapshotId).sort()).toEqual([...copies.snapshotIds].sort());
  expect(new Set(states)).toEqual(new Set(['complete']));
  expect([...locked]).toEqual([...ids, ...copies.snapshotIds].map((id: string) => [id, '14']));
});

test('a lock that fails is told, and the backup stays', async () => {
  const failed = await backUp(
    (call, answer) =>
      call.action === 'LockSnapshot'
        ? Promise.resolve(refusal('UnauthorizedOperation'))
        : lockingRule(new Map())(call, answer),
    { lock },
  );
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout + failed.stderr).toMatch(
    /is complete, but its volumes are not locked: .*cannot be locked/,
  );
  expect(await listBackups(openVault(`file://${directory}`))).toMatchObject([{ state: 'complete' }]);
});
