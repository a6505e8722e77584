import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BackupContext } from '../../../src/baselines/backup-context.ts';
import { volumeExaminer } from '../../../src/baselines/configured-volumes.ts';
import { openKubeClient } from '../../../src/baselines/kubernetes/kube-client.ts';
import { linkTo } from '../../../src/baselines/kubernetes/objects.ts';
import { kubernetesOptions } from '../../../src/baselines/kubernetes/options.ts';
import { restoreClaim } from '../../../src/baselines/kubernetes/restore-claim.ts';
import { restoreVelero } from '../../../src/baselines/kubernetes/restore-velero.ts';
import { OperatorError } from '../../../src/core/operator-error.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { CsiVolumes, VeleroVolumes } from '../../../src/manifest/volumes-schema.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { backUp, backupContext } from '../../backup/scene.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { runCli } from '../../cli/run-cli.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';
import { type ApiServer, startApiServer } from '../../kubernetes/api-server.ts';
import { boundClaim, type Cluster, furnish } from '../../kubernetes/cluster.ts';
import { snapshotController, velero } from '../../kubernetes/controllers.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';

/**
 * The API server, its RBAC and the roles of the documentation are real; there is no storage and no controller
 * behind them. What snapshot controller, CSI driver and Velero do, the test writes into the objects.
 */
const bed = sharedBed();
const CLAIM = 'data-timescaledb-0';
let server: ApiServer;
let cluster: Cluster;
let msr: Msr;
let directory: string;
let produced = 0;

// The first run builds the API server.
beforeAll(async () => {
  server = await startApiServer();
  cluster = await furnish(server);
  await boundClaim(cluster, CLAIM, { app: 'timescaledb' });
  msr = await bed.createMsr({ name: 'kubernetes', partitions: 2 });
  await msr.query('admin', (admin) => admin.query(`GRANT pg_checkpoint TO "${bed.roles.backup.user}"`));
  await produce(500);
}, 1_800_000);

afterAll(async () => {
  await msr?.drop();
  await server?.stop();
});

beforeEach(() => {
  directory = temporaryDirectory();
});

async function produce(count: number): Promise<void> {
  await msr.produce(someEvents(msr, count, produced + 1));
  produced += count;
  await msr.waitForEvents(produced);
}

function optionsOf(change: Record<string, unknown> = {}): Record<string, unknown> {
  const kubeconfigFile = join(directory, 'kubeconfig');
  writeFileSync(kubeconfigFile, server.kubeconfig('msr'), { mode: 0o600 });
  return { mode: 'csi', namespace: 'msr', claims: [CLAIM], cutSeconds: 20, kubeconfigFile, ...change };
}

const clientOf = (options: Record<string, unknown>) => openKubeClient(kubernetesOptions.parse(options));

function backUpWith(options: Record<string, unknown>): Promise<Manifest> {
  const env = { MSR_STRATEGY: 'kubernetes', MSR_STRATEGY_OPTIONS: JSON.stringify(options) };
  const running = backUp(msr, directory, env);
  // Where an expectation fails meanwhile, that is the failure to tell.
  running.catch(() => {});
  return running;
}

/** The error of a backup, and that nothing of it stays: the sink runs, and the vault has no manifest. */
async function refusal(backup: Promise<Manifest>): Promise<string> {
  const text = await backup.then(
    () => 'a backup was taken',
    (error: unknown) => (error instanceof OperatorError ? error.format() : String(error)),
  );
  expect(await sinkState(msr)).toBe('RUNNING');
  const stored = await backupContext(msr, directory).vault.list('backups/');
  expect(stored.filter(({ path }) => path.endsWith('manifest.json'))).toEqual([]);
  return text;
}

describe('a backup by a VolumeSnapshot', () => {
  it('keeps the sink still until the snapshot is cut, and not until it is ready', async () => {
    const controller = snapshotController(cluster);
    const running = backUpWith(optionsOf());
    const { metadata, spec } = await controller.asked();
    expect(spec).toEqual({ source: { persistentVolumeClaimName: CLAIM } });
    expect(await sinkState(msr)).toBe('STOPPED');
    await controller.cut(metadata.name);
    await expect.poll(() => sinkState(msr), { timeout: 30_000 }).toBe('RUNNING');
    await produce(100);
    await controller.ready(metadata.name, 'Delete');
    const manifest = await running;
    expect(manifest).toMatchObject({ strategy: 'kubernetes', artifacts: [], events: { count: 500 } });
    expect(manifest.madeBy.pgDump).toBeNull();
    expect(manifest.volumes).toEqual([
      {
        kind: 'csi',
        server: server.url,
        namespace: 'msr',
        claim: CLAIM,
        snapshot: `msr-${manifest.id.toLowerCase()}`,
        content: `snapcontent-${metadata.name}`,
        handle: 'snap-0123456789',
        driver: 'ebs.csi.aws.com',
        deletionPolicy: 'Delete',
        restoreSize: '10Gi',
        cutAt: expect.any(String),
      },
    ]);
    expect(manifest.cut.remarks.join()).toContain(`the deletion policy of ${metadata.name} is Delete`);
    expect(await tally(msr)).toEqual({ rows: 600, numbers: 600 });

    // Restore: a claim of its own from the snapshot; a second run finds it.
    const client = await clientOf(optionsOf());
    const request = { volumes: manifest.volumes[0] as CsiVolumes, name: 'data-restored' };
    await restoreClaim(client, request);
    await restoreClaim(client, request);
    const env = { ...msr.env(directory), MSR_STRATEGY: 'kubernetes' };
    const command = await runCli(['backups', 'restore-volumes', manifest.id, '--name', 'data-by-command'], {
      ...env,
      MSR_STRATEGY_OPTIONS: JSON.stringify(optionsOf({ recoveryService: new URL(bed.adminUrl).host })),
    });
    expect(command.stdout).toContain(
      `made the claim msr/data-by-command, reached at ${new URL(bed.adminUrl).host}`,
    );
    const restored = await client.readClaim({ namespace: 'msr', name: 'data-restored' });
    expect(restored?.spec).toMatchObject({
      storageClassName: 'fast',
      resources: { requests: { storage: '10Gi' } },
      dataSource: { kind: 'VolumeSnapshot', name: metadata.name },
    });
    await expect(restoreClaim(client, { ...request, name: CLAIM })).rejects.toThrow(
      `the claim msr/${CLAIM} exists, and is not made from ${metadata.name}`,
    );
    const stranger = { ...request.volumes, handle: 'snap-other' };
    await expect(restoreClaim(client, { volumes: stranger, name: 'other' })).rejects.toThrow(
      'stands for snap-0123456789, and the manifest says snap-other',
    );

    const examine = volumeExaminer({ name: 'kubernetes', options: optionsOf() });
    expect(await examine(request.volumes)).toMatchObject({
      outcome: 'intact',
      fact: expect.stringContaining('ready to use (snap-0123456789); what it holds only a restore'),
    });
    expect(await examine(stranger)).toMatchObject({ outcome: 'damaged' });

    // The vault of another test: no backup has this snapshot, but it belongs to another MSR, and stays.
    directory = temporaryDirectory();
    const before = await controller.list();
    const failing = refusal(backUpWith(optionsOf({ snapshotClass: 'no-such-class' })));
    expect(await failing).toContain('the VolumeSnapshotClass no-such-class does not exist');
    expect(await controller.list()).toEqual(before);
    await client.delete(
      { group: 'snapshot.storage.k8s.io', version: 'v1', plural: 'volumesnapshots' },
      { namespace: 'msr', name: metadata.name },
    );
    expect(await examine(request.volumes)).toEqual({ outcome: 'damaged', fact: 'it is gone' });
  });

  it('ends when the snapshot fails: named, removed, and the sink runs again', async () => {
    const controller = snapshotController(cluster);
    const running = refusal(backUpWith(optionsOf({ cutSeconds: 5 })));
    const { metadata } = await controller.asked();
    await controller.fail(metadata.name, 'SnapshotLimitExceeded: at most 100');
    expect(await running).toMatch(
      /^the VolumeSnapshot msr\/msr-\S+ was not cut within 5 s; the cluster says: SnapshotLimitExceeded: at most 100\nHINT: see `kubectl describe volumesnapshot`/,
    );
    expect(await controller.list()).toEqual([]);
  });

  it('removes what a killed backup left, before the next one, and nothing of another host', async () => {
    const controller = snapshotController(cluster);
    const own = backupContext(msr, directory);
    // The same URL, on another host.
    const other = { ...own, vault: openVault(`file://${temporaryDirectory()}`) };
    const place = {
      ...{ group: 'snapshot.storage.k8s.io', version: 'v1', namespace: 'msr', plural: 'volumesnapshots' },
    };
    const snapshot = async (name: string, ctx: BackupContext) => {
      await cluster.custom.createNamespacedCustomObject({
        ...place,
        body: {
          ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
          metadata: { name, labels: await linkTo(ctx, '20261123T000000Z-dead') },
          spec: { source: { persistentVolumeClaimName: CLAIM } },
        },
      });
    };
    const name = 'msr-20261123t000000z-dead';
    await snapshot(name, own);
    await snapshot('of-another-host', other);
    const running = backUpWith(optionsOf());
    const names = async () => (await controller.list()).map(({ metadata }) => metadata.name);
    await expect.poll(names, { timeout: 20_000 }).not.toContain(name);
    await expect.poll(names, { timeout: 20_000 }).toHaveLength(2);
    const made = (await names()).filter((present) => present !== 'of-another-host');
    expect(made).toEqual([expect.stringMatching(/^msr-/)]);
    await controller.ready(made[0] ?? '');
    await running;
    expect((await names()).sort()).toEqual([...made, 'of-another-host']);
    await cluster.custom.deleteNamespacedCustomObject({ ...place, name: 'of-another-host' });
  });
});

describe('a backup by Velero', () => {
  const options = () => optionsOf({ mode: 'velero', claimLabels: { app: 'timescaledb' } });

  it('keeps the sink still until the snapshots are made, and is restored into another namespace', async () => {
    const operator = velero(cluster);
    const running = backUpWith(options());
    const { metadata, spec } = await operator.asked('backups');
    expect(spec).toMatchObject({
      includedNamespaces: ['msr'],
      includedResources: ['persistentvolumeclaims', 'persistentvolumes'],
      labelSelector: { matchLabels: { app: 'timescaledb' } },
      defaultVolumesToFsBackup: false,
      ttl: '720h0m0s',
    });
    await operator.phase('backups', metadata.name, 'InProgress');
    expect(await sinkState(msr)).toBe('STOPPED');
    await operator.phase('backups', metadata.name, 'Finalizing');
    await expect.poll(() => sinkState(msr), { timeout: 30_000 }).toBe('RUNNING');
    const times = { completionTimestamp: '2026-11-23T04:20:00Z', expiration: '2026-12-23T04:15:00Z' };
    await operator.phase('backups', metadata.name, 'Completed', times);
    const manifest = await running;
    const volumes = manifest.volumes[0] as VeleroVolumes;
    expect(volumes).toMatchObject({
      kind: 'velero',
      backup: metadata.name,
      claim: CLAIM,
      claimNamespace: 'msr',
    });
    expect(manifest.cut.remarks).toContain(
      `Velero deletes its backup ${metadata.name} at 2026-12-23T04:15:00Z`,
    );

    const client = await clientOf(options());
    const request = {
      ...{ volumes, name: 'restore-1', namespace: 'msr-recovery', deadlineMs: 20_000, everyMs: 20 },
      signal: new AbortController().signal,
    };
    const restoring = restoreVelero(client, request);
    const asked = await operator.asked('restores');
    expect(asked.spec).toMatchObject({
      backupName: metadata.name,
      namespaceMapping: { msr: 'msr-recovery' },
    });
    await operator.phase('restores', 'restore-1', 'Completed');
    await restoring;
    await operator.phase('restores', 'restore-1', 'PartiallyFailed', { errors: 1 });
    await expect(restoreVelero(client, request)).rejects.toThrow(
      'the Velero restore velero/restore-1 failed: phase PartiallyFailed; 1 errors',
    );
    await expect(restoreVelero(client, { ...request, namespace: 'msr' })).rejects.toThrow(
      'where the live claim is',
    );
    await cluster.custom.deleteNamespacedCustomObject({
      ...{ group: 'velero.io', version: 'v1', namespace: 'velero', plural: 'backups' },
      name: metadata.name,
    });
  });

  it('that fails in part is no backup, and Velero is asked to delete it', async () => {
    const operator = velero(cluster);
    const running = refusal(backUpWith(options()));
    const { metadata } = await operator.asked('backups');
    await operator.phase('backups', metadata.name, 'PartiallyFailed', { errors: 2 });
    expect(await running).toContain(
      `the Velero backup velero/${metadata.name} failed: phase PartiallyFailed; 2 errors`,
    );
    expect((await operator.deletions()).map(({ spec }) => spec)).toEqual([{ backupName: metadata.name }]);
  });

  it('is refused where the labels choose another claim, too', async () => {
    await boundClaim(cluster, 'data-other', { app: 'timescaledb' });
    expect(await refusal(backUpWith(options()))).toContain(
      `the labels app=timescaledb choose data-other, ${CLAIM}, not ${CLAIM} alone`,
    );
  });
});

describe('what is refused before anything stops', () => {
  it('is a claim that does not exist, or another user', async () => {
    expect(await refusal(backUpWith(optionsOf({ claims: ['no-such-claim'] })))).toBe(
      'the claim msr/no-such-claim does not exist\nHINT: name the claim of the database in the options: `kubectl get persistentvolumeclaims`; nothing was stopped',
    );
    const kubeconfigFile = join(directory, 'wrong');
    writeFileSync(kubeconfigFile, server.kubeconfig('msr').replace('msr-token', 'wrong-secret-token'));
    const refused = await refusal(backUpWith(optionsOf({ kubeconfigFile })));
    expect(refused).toMatch(/^Kubernetes refuses to get .* \(401\): Unauthorized\nHINT: the credential/);
    expect(refused).not.toContain('wrong-secret-token');
  });

  it('is a role that lacks one verb of the documented one', async () => {
    const place = { namespace: 'msr', name: 'msr-recovery-snapshots' };
    const role = await cluster.rbac.readNamespacedRole(place);
    const rules = (role.rules ?? []).map((rule) =>
      rule.resources?.includes('volumesnapshots') ? { ...rule, verbs: ['get', 'list', 'delete'] } : rule,
    );
    await cluster.rbac.replaceNamespacedRole({ ...place, body: { ...role, rules } });
    try {
      expect(await refusal(backUpWith(optionsOf()))).toMatch(
        /^Kubernetes refuses to create volumesnapshots in msr \(403\): .*User "msr" cannot create resource "volumesnapshots" in API group "snapshot.storage.k8s.io" in the namespace "msr"\nHINT: apply docs\/kubernetes-role.yaml/,
      );
    } finally {
      const { rules: whole, ...now } = await cluster.rbac.readNamespacedRole(place);
      expect(whole).toEqual(rules);
      await cluster.rbac.replaceNamespacedRole({ ...place, body: { ...now, rules: role.rules ?? [] } });
    }
  });

  it('is a database role that may not CHECKPOINT', async () => {
    const { user } = bed.roles.backup;
    await msr.query('admin', (admin) => admin.query(`REVOKE pg_checkpoint FROM "${user}"`));
    expect(await refusal(backUpWith(optionsOf()))).toBe(
      `the role ${user} may not CHECKPOINT, which comes before a snapshot of volumes\nHINT: GRANT pg_checkpoint TO "${user}"; nothing was stopped`,
    );
  });
});
