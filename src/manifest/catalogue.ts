import { ID_PATTERN } from '../core/ids.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type Vault, type VaultObject, VaultPath } from '../vault/vault.ts';
import { damageOfBaseline, hasDump } from './baseline-kind.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { type DamagedPart, readDamage } from './verification.ts';

/**
 * A folder of the vault that is, or may become, a backup.
 * complete: a manifest, and every artifact there with its size · damaged: an artifact is missing or
 * has another size · unreadable: the manifest is not one, or a newer msr's · incomplete: no
 * manifest; it runs or was aborted
 */
export type BackupEntry =
  | { readonly id: string; readonly state: 'complete'; readonly manifest: Manifest }
  | {
      readonly id: string;
      readonly state: 'damaged';
      readonly manifest: Manifest;
      readonly reason: string;
    }
  | { readonly id: string; readonly state: 'unreadable'; readonly reason: string }
  | { readonly id: string; readonly state: 'incomplete'; readonly bytes: number };

/** There is no backup of that id, or none at all. */
export class BackupNotFoundError extends OperatorError {
  override readonly name = 'BackupNotFoundError';
}

/** Everything under `backups/`, newest first. Folders that no backup of ours made are left out. */
export async function listBackups(vault: Vault): Promise<BackupEntry[]> {
  const folders = new Map<string, VaultObject[]>();
  for (const object of await vault.list(VaultPath.backups)) {
    const id = object.path.slice(VaultPath.backups.length).split('/')[0] ?? '';
    if (ID_PATTERN.test(id)) folders.set(id, [...(folders.get(id) ?? []), object]);
  }
  const entries = await Promise.all([...folders].map(([id, objects]) => readEntry(vault, id, objects)));
  return entries.sort((a, b) => (a.id > b.id ? -1 : 1));
}

/**
 * A backup's manifest.
 * @throws BackupNotFoundError where there is none: a backup without a manifest does not exist
 * @throws OperatorError where it cannot be read as one
 */
export async function showBackup(vault: Vault, id: string): Promise<Manifest> {
  const path = VaultPath.manifest(id);
  const document = ID_PATTERN.test(id) ? await vault.readDocument(path) : undefined;
  if (document === undefined) {
    throw new BackupNotFoundError(`there is no backup ${JSON.stringify(id)} in ${vault.url}`, {
      hint: '`msr backups list` shows what is there; one without a manifest was never finished',
    });
  }
  const manifest = parseManifest(document.content, path);
  if (manifest.id === id) return manifest;
  throw new OperatorError(`${path} is the manifest of the backup ${manifest.id}, not of ${id}`, {
    hint: 'a folder was copied or renamed by hand: give it its own name back',
  });
}

/** Like `showBackup`; undefined where there is none of that id. */
export async function findBackup(vault: Vault, id: string): Promise<Manifest | undefined> {
  try {
    return await showBackup(vault, id);
  } catch (error) {
    if (error instanceof BackupNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Why a complete backup is of no use for what is to be done with it; undefined where it is.
 * @param damaged what its latest verification found
 */
export type BackupObstacle = (manifest: Manifest, damaged: readonly DamagedPart[]) => string | undefined;

const onlyDamage: BackupObstacle = (manifest, damaged) =>
  damageOfBaseline(manifest, hasDump(manifest) ? 'dump' : 'volumes', damaged);

/** What the latest verification of each complete backup found damaged, by its id. */
export type DamageOfBackups = ReadonlyMap<string, readonly DamagedPart[]>;

/** @throws OperatorError where a verification is not what this version of msr writes */
export async function readDamageOf(vault: Vault, entries: readonly BackupEntry[]): Promise<DamageOfBackups> {
  const complete = entries.filter(({ state }) => state === 'complete');
  return new Map(
    await Promise.all(complete.map(async ({ id }) => [id, await readDamage(vault, id)] as const)),
  );
}

/**
 * The backup that a recovery starts from: the newest complete one; a newer one that cannot be used is passed
 * over and named, so that nobody learns of it only from the age of the data.
 */
export function newestUsable(
  entries: readonly BackupEntry[],
  damaged: DamageOfBackups,
  obstacleOf: BackupObstacle = onlyDamage,
): {
  readonly manifest: Manifest | undefined;
  readonly passedOver: readonly string[];
} {
  const newestFirst = [...entries].sort((a, b) => (a.id > b.id ? -1 : 1));
  const passedOver: string[] = [];
  for (const entry of newestFirst) {
    if (entry.state === 'complete') {
      const obstacle = obstacleOf(entry.manifest, damaged.get(entry.id) ?? []);
      if (obstacle === undefined) return { manifest: entry.manifest, passedOver };
      passedOver.push(`${entry.id}: ${obstacle}`);
    } else if (entry.state !== 'incomplete') passedOver.push(`${entry.id}: ${entry.reason}`);
  }
  return { manifest: undefined, passedOver };
}

/**
 * The backup of that id, whatever its verification found, or the newest usable one.
 * @throws BackupNotFoundError where there is none; the reasons of those passed over stand in its text
 */
export async function chooseBackup(
  vault: Vault,
  id: string | undefined,
  obstacleOf: BackupObstacle = onlyDamage,
): Promise<{ readonly manifest: Manifest; readonly passedOver: readonly string[] }> {
  if (id !== undefined) return { manifest: await showBackup(vault, id), passedOver: [] };
  const entries = await listBackups(vault);
  const damaged = await readDamageOf(vault, entries);
  const { manifest, passedOver } = newestUsable(entries, damaged, obstacleOf);
  if (manifest !== undefined) return { manifest, passedOver };
  const reasons = passedOver.length === 0 ? '' : `; not usable: ${passedOver.join('; ')}`;
  throw new BackupNotFoundError(`there is no usable backup in ${vault.url}${reasons}`, {
    hint: 'check MSR_VAULT_URL, or take a backup with `msr backup`',
  });
}

/** What is wrong with the stored sizes against the manifest; undefined where nothing is. */
function sizeFault(manifest: Manifest, objects: readonly VaultObject[]): string | undefined {
  const stored = new Map(objects.map(({ path, bytes }) => [path, bytes]));
  for (const { path, bytes } of manifest.artifacts) {
    const found = stored.get(path);
    if (found === undefined) return `${path} is missing`;
    if (found !== bytes) return `${path} has ${found} bytes; the manifest says ${bytes}`;
  }
  return undefined;
}

async function readEntry(vault: Vault, id: string, objects: readonly VaultObject[]): Promise<BackupEntry> {
  if (!objects.some(({ path }) => path === VaultPath.manifest(id))) {
    return { id, state: 'incomplete', bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
  try {
    const manifest = await showBackup(vault, id);
    const reason = sizeFault(manifest, objects);
    return reason === undefined
      ? { id, state: 'complete', manifest }
      : { id, state: 'damaged', manifest, reason };
  } catch (error) {
    // Only what is wrong with this one manifest: a vault that cannot be read is not a list of bad backups.
    if (!(error instanceof OperatorError) || error.name === 'VaultReadError') throw error;
    if (error instanceof BackupNotFoundError) return { id, state: 'incomplete', bytes: 0 };
    return { id, state: 'unreadable', reason: error.message };
  }
}
