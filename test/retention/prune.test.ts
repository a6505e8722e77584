import { describe, expect, it } from 'vitest';
import { volumeRemover } from '../../src/baselines/configured-volumes.ts';
import { silentProgress } from '../../src/core/progress.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { readVerification, writeVerification } from '../../src/manifest/verification.ts';
import { writeRecoveryDocument } from '../../src/recovery/documents.ts';
import { type PruneContext, planPrune, prune } from '../../src/retention/prune.ts';
import { readRetentionSettings } from '../../src/retention/retention-settings.ts';
import type { ExpirableVault } from '../../src/vault/expirable.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { runCli } from '../cli/run-cli.ts';
import { SAMPLE_EBS_VOLUMES, sampleManifest } from '../manifest/sample-manifest.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const now = new Date('2026-11-23T12:00:00Z');
const idOf = (daysAgo: number): string =>
  `${new Date(Date.parse('2026-11-23T03:30:00Z') - daysAgo * 86_400_000)
    .toISOString()
    .replace(/[-:]|\.000/g, '')}-00ff`;

async function store(vault: Vault, daysAgo: number, change: Partial<Manifest> = {}): Promise<Manifest> {
  const sample = sampleManifest({ id: idOf(daysAgo), ...change });
  const takenAt = new Date(Date.parse('2026-11-23T03:30:00Z') - daysAgo * 86_400_000).toISOString();
  const manifest = { ...sample, createdAt: takenAt, cut: { ...sample.cut, takenAt } };
  await vault.writeDocument(VaultPath.dump(manifest.id), 'dump');
  await vault.writeDocument(VaultPath.manifest(manifest.id), JSON.stringify(manifest));
  return manifest;
}

async function stored(vault: Vault): Promise<string[]> {
  const paths = (await vault.list(VaultPath.backups)).map(({ path }) => path.split('/')[1] ?? '');
  return [...new Set(paths)].sort().reverse();
}

function context(vault: Vault, change: Partial<PruneContext> = {}): PruneContext {
  return {
    vault,
    retention: readRetentionSettings({ MSR_KEEP_DAILY: '2', MSR_KEEP_WEEKLY: '0', MSR_KEEP_MONTHLY: '0' }),
    access: { why: 'MSR_DATABASE_URL is not set' },
    removeVolumes: async () => [],
    progress: silentProgress,
    now,
    ...change,
  };
}

describe('pruning', () => {
  it('deletes what no tier and no replay needs, and nothing where it only plans', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1, 6, 7, 8]) await store(vault, day);
    const all = await stored(vault);
    await planPrune(context(vault));
    expect(await stored(vault)).toEqual(all);
    const report = await prune(context(vault));
    expect(report.done).toBe('deleted');
    expect(await stored(vault)).toEqual([idOf(0), idOf(1)]);
  });

  it('leaves what nobody has confirmed', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1, 6, 7]) await store(vault, day);
    await prune(context(vault, { confirmed: new Set([idOf(7)]) }));
    expect(await stored(vault)).toEqual([idOf(0), idOf(1), idOf(6)]);
  });

  it('keeps the last good one although two newer ones were found damaged', async () => {
    const { vault } = temporaryVault();
    for (const day of [5, 6, 30, 31]) await store(vault, day);
    for (const day of [5, 6]) {
      const artifacts = [
        { path: VaultPath.dump(idOf(day)), bytes: 4, outcome: 'damaged' as const, fact: 'it ends early' },
      ];
      await writeVerification(vault, { backupId: idOf(day), verdict: 'damaged', artifacts }, { seconds: 1 });
    }
    await prune(
      context(vault, {
        retention: readRetentionSettings({
          MSR_KEEP_DAILY: '0',
          MSR_KEEP_WEEKLY: '0',
          MSR_KEEP_MONTHLY: '0',
        }),
      }),
    );
    expect(await stored(vault)).toEqual([idOf(30)]);
  });

  it('keeps what an unfinished recovery restores, and what it cannot see to be unused', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1, 9, 10, 11, 12]) await store(vault, day);
    const started = { backupId: idOf(10), startedAt: now.toISOString() };
    await writeRecoveryDocument(vault, idOf(2), 'started', started);
    const report = { outcome: 'recovered', backupId: idOf(11), steps: [] };
    await writeRecoveryDocument(vault, idOf(3), 'report', report);
    const plan = { backupId: idOf(12) };
    await writeRecoveryDocument(vault, idOf(1), 'plan', plan);
    await prune(context(vault));
    expect(await stored(vault)).toEqual([0, 1, 10, 11, 12].map(idOf));
    const { decisions } = await planPrune(context(vault));
    expect(decisions.slice(2).map(({ reasons }) => reasons)).toEqual([
      [`in use: unfinished recovery ${idOf(2)}`],
      [`in use: recovery ${idOf(3)} may have kept an old database (MSR_DATABASE_URL is not set)`],
      [`in use: the plan of recovery ${idOf(1)}`],
    ]);
  });

  it('waits for nobody: while a recovery holds the lock it is refused', async () => {
    const { vault } = temporaryVault();
    const lock = await acquireLock(vault, { purpose: 'recover' });
    await expect(prune(context(vault))).rejects.toMatchObject({ name: 'LockHeldError' });
    await lock.release();
  });

  it('tags instead where the vault says that it deletes by age, and takes the tag back', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1, 6]) await store(vault, day);
    const calls: string[] = [];
    const expirable: Vault & ExpirableVault = Object.assign(Object.create(vault), {
      tagExpired: async (prefix: string) => void calls.push(`+${prefix}`),
      untagExpired: async (prefix: string) => void calls.push(`-${prefix}`),
    });
    for (const name of ['list', 'readDocument', 'writeDocument', 'deleteDocument'] as const) {
      Object.assign(expirable, { [name]: vault[name].bind(vault) });
    }
    const { done } = await prune(context(expirable));
    expect(done).toBe('tagged');
    expect(calls).toEqual([6, 0, 1].map((day) => `${day === 6 ? '+' : '-'}backups/${idOf(day)}/`));
    expect(await stored(vault)).toHaveLength(3);
  });
});

describe('pruning backups of volumes', () => {
  const storeVolumes = (vault: Vault, daysAgo: number) =>
    store(vault, daysAgo, { strategy: 'ebs', artifacts: [], volumes: [SAMPLE_EBS_VOLUMES] });

  it('deletes the volumes of what expires, of nothing else, and names them beforehand', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 6, 7]) await storeVolumes(vault, day);
    await writeRecoveryDocument(vault, idOf(2), 'started', {
      backupId: idOf(6),
      startedAt: now.toISOString(),
    });
    const removed: string[] = [];
    const ctx = context(vault, {
      retention: readRetentionSettings({ MSR_KEEP_DAILY: '1', MSR_KEEP_WEEKLY: '0', MSR_KEEP_MONTHLY: '0' }),
      removeVolumes: async (volumes) => {
        removed.push(volumes.kind);
        return [];
      },
    });
    const planned = await planPrune(ctx);
    expect(removed).toEqual([]);
    expect(planned.decisions.at(-1)).toMatchObject({
      verdict: 'expire',
      reasons: [expect.stringContaining('with it go the EBS snapshots snap-0a, snap-0b in eu-central-1')],
    });
    await prune(ctx);
    expect(removed).toEqual(['ebs']);
    expect(await stored(vault)).toEqual([idOf(0), idOf(6)]);
  });

  it('keeps the manifest as long as a locked snapshot stays, tells it, and tries again', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1, 7]) await storeVolumes(vault, day);
    const notes: string[] = [];
    const progress = { ...silentProgress, note: (message: string) => void notes.push(message) };
    const left = ['snap-0a (it is locked)'];
    const report = await prune(context(vault, { progress, removeVolumes: async () => left }));
    expect(report.stayed).toEqual([{ id: idOf(7), left }]);
    expect(notes).toEqual([`backup ${idOf(7)} stays until this can be deleted: snap-0a (it is locked)`]);
    expect(await stored(vault)).toHaveLength(3);
    // Half of it may be gone: it must not become the last good one.
    expect(await readVerification(vault, idOf(7))).toMatchObject({ verdict: 'damaged' });
    await prune(context(vault));
    expect(await stored(vault)).toEqual([idOf(0), idOf(1)]);
  });

  it('leaves a hybrid its good name: the dump is there until it goes itself', async () => {
    const { vault } = temporaryVault();
    for (const day of [0, 1]) await store(vault, day);
    await store(vault, 7, { strategy: 'hybrid', volumes: [SAMPLE_EBS_VOLUMES] });
    await prune(context(vault, { removeVolumes: async () => ['snap-0b (it is locked)'] }));
    expect(await readVerification(vault, idOf(7))).toBeUndefined();
  });

  it('does not let go of snapshots that the configured strategy cannot delete', async () => {
    const remove = volumeRemover({ name: 'dump', options: {} });
    expect(await remove(SAMPLE_EBS_VOLUMES)).toEqual([
      expect.stringContaining('the strategy dump did not make them: set MSR_STRATEGY'),
    ]);
    const unreadable = volumeRemover({ name: 'ebs', options: { tape: true } });
    expect(await unreadable(SAMPLE_EBS_VOLUMES)).toEqual([expect.stringContaining('are wrong')]);
  });
});

describe('settings of retention', () => {
  it('are named with their value where they are wrong', () => {
    expect(() => readRetentionSettings({ MSR_KEEP_DAILY: 'many' })).toThrow(/^MSR_KEEP_DAILY is "many"/);
    expect(() => readRetentionSettings({ MSR_BACKUP_FREQUENCY: 'weekly' })).toThrow(/MSR_BACKUP_FREQUENCY/);
  });
});

describe('msr backups prune', () => {
  it('only says what would go with --dry-run, asks nobody without a terminal, and deletes with --yes', async () => {
    const { vault, url } = temporaryVault();
    for (const day of [40, 41, 42]) await store(vault, day);
    const keep = ['--keep-daily', '1', '--keep-weekly', '0', '--keep-monthly', '0', '--vault-url', url];
    const dry = await runCli(['backups', 'prune', '--dry-run', '--json', ...keep]);
    expect(dry.exitCode).toBe(0);
    const { decisions, done } = JSON.parse(dry.stdout);
    expect([done, decisions.map((entry: { verdict: string }) => entry.verdict)]).toEqual([
      'nothing',
      ['keep', 'expire', 'expire'],
    ]);
    const asked = await runCli(['backups', 'prune', ...keep]);
    expect(asked.stdout).toContain('nothing was done: not confirmed');
    expect(await stored(vault)).toHaveLength(3);
    const done2 = await runCli(['backups', 'prune', '--yes', ...keep]);
    expect(done2.stdout).toContain('2 deleted');
    expect(await stored(vault)).toEqual([idOf(40)]);
  });
});
