import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { hasDump } from '../../src/manifest/baseline-kind.ts';
import {
  type BackupEntry,
  BackupNotFoundError,
  chooseBackup,
  listBackups,
  newestUsable,
  showBackup,
} from '../../src/manifest/catalogue.ts';
import { writeVerification } from '../../src/manifest/verification.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { SAMPLE_ID, sampleManifest } from './sample-manifest.ts';

const OLD = '20261121T041500Z-0001';
const NEW = '20261124T041500Z-0002';

async function store(vault: Vault, id: string, dump = 'dump', manifest: string | undefined = undefined) {
  await vault.writeArtifact(VaultPath.dump(id), Readable.from([dump]));
  await vault.writeDocument(VaultPath.manifest(id), manifest ?? JSON.stringify(sampleManifest({ id })));
}

const states = (entries: readonly BackupEntry[]) => entries.map(({ id, state }) => [id, state]);

describe('listBackups', () => {
  test('shows every folder, newest first, with what is wrong with it', async () => {
    const { vault } = temporaryVault();
    await store(vault, OLD);
    await store(vault, SAMPLE_ID, 'half of it');
    await store(vault, NEW, 'dump', JSON.stringify({ ...sampleManifest({ id: NEW }), version: 2 }));
    await vault.writeArtifact(VaultPath.dump('20261125T041500Z-0003'), Readable.from(['aborted']));
    await vault.writeArtifact('backups/notes.txt', Readable.from(['by hand']));
    const entries = await listBackups(vault);
    expect(states(entries)).toEqual([
      ['20261125T041500Z-0003', 'incomplete'],
      [NEW, 'unreadable'],
      [SAMPLE_ID, 'damaged'],
      [OLD, 'complete'],
    ]);
    expect(entries[2]).toMatchObject({
      reason: `${VaultPath.dump(SAMPLE_ID)} has 10 bytes; the manifest says 4`,
    });
  });

  test('a missing artifact is damage', async () => {
    const { vault } = temporaryVault();
    await vault.writeDocument(VaultPath.manifest(OLD), JSON.stringify(sampleManifest({ id: OLD })));
    expect(await listBackups(vault)).toMatchObject([
      { state: 'damaged', reason: `${VaultPath.dump(OLD)} is missing` },
    ]);
  });

  test('an empty vault has none', async () => {
    expect(await listBackups(temporaryVault().vault)).toEqual([]);
  });
});

describe('showBackup', () => {
  const path = VaultPath.manifest(SAMPLE_ID);
  const unreadable: ReadonlyArray<readonly [what: string, content: string, fact: string, hint: string]> = [
    [
      'a newer version',
      JSON.stringify({ ...sampleManifest(), version: 2 }),
      `${path} has manifest version 2; this msr reads up to 1`,
      'use the msr that made the backup, or a newer one',
    ],
    [
      'not JSON',
      '{"version": 1',
      `${path} is not JSON`,
      'the backup cannot be trusted: choose another one with `msr backups list`',
    ],
    [
      'not a manifest',
      '{"version": 1, "id": 7}',
      `${path} is not a valid manifest: ✖ Invalid input: expected string, received number\n  → at id`,
      'the backup cannot be trusted: choose another one with `msr backups list`',
    ],
    [
      "another backup's",
      JSON.stringify(sampleManifest({ id: OLD })),
      `${path} is the manifest of the backup ${OLD}, not of ${SAMPLE_ID}`,
      'a folder was copied or renamed by hand: give it its own name back',
    ],
  ];
  test.each(unreadable)('%s', async (_, content, fact, hint) => {
    const { vault } = temporaryVault();
    await vault.writeDocument(path, content);
    const error = await showBackup(vault, SAMPLE_ID).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperatorError);
    expect(error).toMatchObject({ message: expect.stringContaining(fact), hint });
  });

  test.each([SAMPLE_ID, '../../etc', 'latest'])('%s without a manifest does not exist', async (id) => {
    const { vault, url } = temporaryVault();
    await vault.writeArtifact(VaultPath.dump(SAMPLE_ID), Readable.from(['dump']));
    const error = await showBackup(vault, id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BackupNotFoundError);
    expect(error).toMatchObject({
      message: `there is no backup "${id}" in ${url}`,
      hint: '`msr backups list` shows what is there; one without a manifest was never finished',
    });
  });
});

describe('the backup that a recovery starts from', () => {
  const complete = (id: string): BackupEntry => ({ id, state: 'complete', manifest: sampleManifest({ id }) });
  const unreadable = (id: string): BackupEntry => ({ id, state: 'unreadable', reason: 'not JSON' });
  const damaged = (id: string): BackupEntry => ({
    ...{ id, state: 'damaged', manifest: sampleManifest({ id }), reason: 'the dump is missing' },
  });
  const volumesOnly = (id: string): BackupEntry => ({
    ...{ id, state: 'complete', manifest: sampleManifest({ id, strategy: 'ebs', artifacts: [] }) },
  });
  const running = (id: string): BackupEntry => ({ id, state: 'incomplete', bytes: 1 });

  const cases: ReadonlyArray<
    readonly [what: string, entries: BackupEntry[], id: string | undefined, passedOver: string[]]
  > = [
    ['none', [], undefined, []],
    ['the only one', [complete(OLD)], OLD, []],
    ['the newest, in whatever order', [complete(OLD), complete(NEW), complete(SAMPLE_ID)], NEW, []],
    ['not one that runs', [running(NEW), complete(OLD)], OLD, []],
    [
      'not one that is damaged or unreadable, and says so',
      [unreadable(NEW), damaged(SAMPLE_ID), complete(OLD)],
      OLD,
      [`${NEW}: not JSON`, `${SAMPLE_ID}: the dump is missing`],
    ],
    [
      'not one that is of no use, and says so',
      [volumesOnly(NEW), complete(OLD)],
      OLD,
      [`${NEW}: it holds no dump`],
    ],
  ];
  test.each(cases)('%s', (_, entries, id, passedOver) => {
    const chosen = newestUsable(entries, new Map(), (manifest) =>
      hasDump(manifest) ? undefined : 'it holds no dump',
    );
    expect(chosen.manifest?.id).toBe(id);
    expect(chosen.passedOver).toEqual(passedOver);
  });

  test('by id, or the newest; none is an error with the reasons', async () => {
    const { vault, url } = temporaryVault();
    await store(vault, NEW, 'dump', 'not JSON');
    await expect(chooseBackup(vault, undefined)).rejects.toMatchObject({
      name: 'BackupNotFoundError',
      message: `there is no usable backup in ${url}; not usable: ${NEW}: ${VaultPath.manifest(NEW)} is not JSON`,
      hint: 'check MSR_VAULT_URL, or take a backup with `msr backup`',
    });
    await store(vault, OLD);
    await store(vault, SAMPLE_ID);
    expect((await chooseBackup(vault, undefined)).manifest.id).toBe(SAMPLE_ID);
    expect((await chooseBackup(vault, OLD)).manifest.id).toBe(OLD);
  });

  test('one of a host whose clock was years ahead is not taken for the newest, and its date is not believed', () => {
    const at = (id: string, takenAt: string, offset: number): BackupEntry => {
      const { cut } = sampleManifest();
      const offsets = [{ topic: 'gis.geo', partition: 0, offset }];
      return { id, state: 'complete', manifest: sampleManifest({ id, cut: { ...cut, takenAt, offsets } }) };
    };
    const now = new Date('2026-11-24T12:00:00Z');
    const ahead = at('20310101T000000Z-0009', '2031-01-01T00:00:00.000Z', 1600);
    const before = at(OLD, '2026-11-21T04:15:00.000Z', 1500);
    const newer = at(NEW, '2026-11-24T04:15:00.000Z', 1700);
    const chosen = newestUsable([ahead, before, newer], new Map(), () => undefined, now);
    expect(chosen).toMatchObject({ manifest: { id: NEW } });
    expect(chosen).not.toHaveProperty('wrongDate');
    expect(newestUsable([ahead, before], new Map(), () => undefined, now)).toMatchObject({
      manifest: { id: ahead.id },
      wrongDate: { takenAt: '2031-01-01T00:00:00.000Z', believed: '2026-11-21T04:15:00.000Z' },
    });
  });

  test('not one that a reading has found damaged, but for whoever asks for it', async () => {
    const { vault, url } = temporaryVault();
    await store(vault, OLD);
    await store(vault, NEW);
    await findDamaged(vault, NEW);
    const reason = `${NEW}: its latest verification found it damaged (${VaultPath.dump(NEW)}: its SHA-256 is another)`;
    expect(await chooseBackup(vault, undefined)).toMatchObject({
      manifest: { id: OLD },
      passedOver: [reason],
    });
    expect(await chooseBackup(vault, NEW)).toMatchObject({ manifest: { id: NEW }, passedOver: [] });
    await findDamaged(vault, OLD);
    await expect(chooseBackup(vault, undefined)).rejects.toMatchObject({
      message: expect.stringContaining(
        `there is no usable backup in ${url}; not usable: ${reason}; ${OLD}: `,
      ),
    });
  });
});

async function findDamaged(vault: Vault, backupId: string): Promise<void> {
  const path = VaultPath.dump(backupId);
  const artifact = { path, bytes: 4, outcome: 'damaged' as const, fact: 'its SHA-256 is another' };
  await writeVerification(vault, { backupId, verdict: 'damaged', artifacts: [artifact] }, { seconds: 1 });
}
