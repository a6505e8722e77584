import { atMost } from '../core/at-most.ts';
import { ID_PATTERN, timeOfId } from '../core/ids.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type Vault, type VaultObject, VaultPath } from '../vault/vault.ts';
import { damageOfBaseline, hasDump } from './baseline-kind.ts';
import { headOf, type Manifest, type ManifestHead, parseManifest } from './manifest.ts';
import { believedTime, type DatedBackup, newestFirst } from './newest-first.ts';
import { readHead } from './stored-head.ts';
import { type DamagedPart, readDamage } from './verification.ts';

/**
 * A folder of the vault that is, or may become, a backup.
 * complete: a manifest, and every artifact there with its size · damaged: an artifact is missing or
 * has another size · unreadable: the manifest is not one, or a newer msr's · incomplete: no
 * manifest; it runs or was aborted
 */
export type BackupEntry =
  | { readonly id: string; readonly state: 'complete'; readonly manifest: ManifestHead }
  | {
      readonly id: string;
      readonly state: 'damaged';
      readonly manifest: ManifestHead;
      readonly reason: string;
    }
  | { readonly id: string; readonly state: 'unreadable'; readonly reason: string }
  | { readonly id: string; readonly state: 'incomplete'; readonly bytes: number };

/** There is no backup of that id, or none at all. */
export class BackupNotFoundError extends OperatorError {
  override readonly name = 'BackupNotFoundError';
}

/** A folder under `backups/`, by what is stored in it. */
export interface BackupFolder {
  readonly id: string;
  readonly objects: readonly VaultObject[];
  /** It has a manifest: a backup without one does not exist. */
  readonly finished: boolean;
}

/**
 * The folders of the vault's backups, newest first, without reading a manifest. Folders that no backup of
 * ours made are left out.
 */
export async function backupFolders(vault: Vault): Promise<BackupFolder[]> {
  const folders = new Map<string, VaultObject[]>();
  for (const object of await vault.list(VaultPath.backups)) {
    const id = object.path.slice(VaultPath.backups.length).split('/')[0] ?? '';
    if (!ID_PATTERN.test(id)) continue;
    const objects = folders.get(id);
    if (objects === undefined) folders.set(id, [object]);
    else objects.push(object);
  }
  return [...folders]
    .map(([id, objects]) => ({
      id,
      objects,
      finished: objects.some(({ path }) => path === VaultPath.manifest(id)),
    }))
    .sort((a, b) => (a.id > b.id ? -1 : 1));
}

/** Small documents at a time. */
const AT_ONCE = 16;

/**
 * Everything under `backups/`, newest first, by the heads of the manifests. A manifest that has no head
 * beside it (of an earlier msr, or a backup that was killed at its end) is read whole, one after another:
 * hundreds of megabytes would be held at once otherwise.
 */
export async function listBackups(vault: Vault): Promise<BackupEntry[]> {
  const folders = await backupFolders(vault);
  const heads = await atMost(AT_ONCE, folders, ({ id, objects }) => readHead(vault, id, objects));
  const entries = await atMost(1, [...folders.entries()], ([at, folder]) =>
    readEntry(vault, folder, heads[at]),
  );
  return inOrder(entries, new Date());
}

/** A folder by itself, as listBackups tells it. @throws VaultReadError */
export async function readBackup(vault: Vault, folder: BackupFolder): Promise<BackupEntry> {
  return await readEntry(vault, folder, await readHead(vault, folder.id, folder.objects));
}

/** Newest first, by what the log says (newest-first.ts). */
function inOrder(entries: readonly BackupEntry[], now: Date): BackupEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return newestFirst(entries.map(datedEntry), now).flatMap(({ id }) => byId.get(id) ?? []);
}

function datedEntry(entry: BackupEntry): DatedBackup {
  const { id } = entry;
  if (!('manifest' in entry)) return { id, takenAt: timeOfId(id) };
  return { id, takenAt: entry.manifest.cut.takenAt, cut: entry.manifest.cut };
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
export type BackupObstacle = (manifest: ManifestHead, damaged: readonly DamagedPart[]) => string | undefined;

const onlyDamage: BackupObstacle = (manifest, damaged) =>
  damageOfBaseline(manifest, hasDump(manifest) ? 'dump' : 'volumes', damaged);

/** What the latest verification of each complete backup found damaged, by its id. */
export type DamageOfBackups = ReadonlyMap<string, readonly DamagedPart[]>;

/** @throws OperatorError where a verification is not what this version of msr writes */
export async function readDamageOf(vault: Vault, entries: readonly BackupEntry[]): Promise<DamageOfBackups> {
  const complete = entries.filter(({ state }) => state === 'complete');
  return new Map(
    await atMost(AT_ONCE, complete, async ({ id }) => [id, await readDamage(vault, id)] as const),
  );
}

/** The vault's backups as they were listed once, with what their latest verifications found. */
export interface BackupStock {
  readonly entries: readonly BackupEntry[];
  readonly damaged: DamageOfBackups;
}

/** @throws as listBackups and readDamageOf */
export async function readStock(vault: Vault): Promise<BackupStock> {
  const entries = await listBackups(vault);
  return { entries, damaged: await readDamageOf(vault, entries) };
}

/**
 * The backup that a recovery starts from: the newest complete one; a newer one that cannot be used is passed
 * over and named, so that nobody learns of it only from the age of the data.
 */
export function newestUsable(
  entries: readonly BackupEntry[],
  damaged: DamageOfBackups,
  obstacleOf: BackupObstacle = onlyDamage,
  now = new Date(),
): {
  readonly manifest: ManifestHead | undefined;
  readonly passedOver: readonly string[];
  /** Its date is one of the future; `believed`: it was taken after that, undefined where nobody knows. */
  readonly wrongDate?: WrongDate;
} {
  const ordered = inOrder(entries, now);
  const passedOver: string[] = [];
  for (const entry of ordered) {
    if (entry.state === 'complete') {
      const obstacle = obstacleOf(entry.manifest, damaged.get(entry.id) ?? []);
      if (obstacle === undefined) {
        return { manifest: entry.manifest, passedOver, ...wrongDateOf(entry, ordered, now) };
      }
      passedOver.push(`${entry.id}: ${obstacle}`);
    } else if (entry.state !== 'incomplete') passedOver.push(`${entry.id}: ${entry.reason}`);
  }
  return { manifest: undefined, passedOver };
}

/** The date of a backup whose host's clock was ahead. */
export interface WrongDate {
  readonly takenAt: string;
  readonly believed: string | undefined;
}

function wrongDateOf(
  entry: BackupEntry,
  ordered: readonly BackupEntry[],
  now: Date,
): { readonly wrongDate?: WrongDate } {
  const dated = datedEntry(entry);
  const believed = believedTime(dated, ordered.map(datedEntry), now);
  return believed === dated.takenAt ? {} : { wrongDate: { takenAt: dated.takenAt, believed } };
}

/**
 * The backup of that id, whatever its verification found, or the newest usable one.
 * @param stock what was listed already
 * @throws BackupNotFoundError where there is none; the reasons of those passed over stand in its text
 */
export async function chooseBackup(
  vault: Vault,
  id: string | undefined,
  obstacleOf: BackupObstacle = onlyDamage,
  stock?: BackupStock,
): Promise<{ readonly manifest: Manifest; readonly passedOver: readonly string[] }> {
  if (id !== undefined) return { manifest: await showBackup(vault, id), passedOver: [] };
  const listed = stock ?? (await readStock(vault));
  const { manifest, passedOver } = await newestReadable(vault, { ...listed, obstacleOf });
  if (manifest !== undefined) return { manifest, passedOver };
  const reasons = passedOver.length === 0 ? '' : `; not usable: ${passedOver.join('; ')}`;
  throw new BackupNotFoundError(`there is no usable backup in ${vault.url}${reasons}`, {
    hint: 'check MSR_VAULT_URL, or take a backup with `msr backup`',
  });
}

interface Choice extends BackupStock {
  readonly obstacleOf: BackupObstacle;
}

/** Its head may be whole while the manifest has rotted since: only the latter is worked with. */
async function newestReadable(
  vault: Vault,
  { entries, damaged, obstacleOf }: Choice,
): Promise<{ readonly manifest: Manifest | undefined; readonly passedOver: readonly string[] }> {
  const { manifest: head, passedOver } = newestUsable(entries, damaged, obstacleOf);
  if (head === undefined) return { manifest: undefined, passedOver };
  try {
    return { manifest: await showBackup(vault, head.id), passedOver };
  } catch (error) {
    const unreadable: BackupEntry = { id: head.id, state: 'unreadable', reason: faultOfManifest(error) };
    const others = entries.map((entry) => (entry.id === head.id ? unreadable : entry));
    return await newestReadable(vault, { entries: others, damaged, obstacleOf });
  }
}

/**
 * What is wrong with this one manifest.
 * @throws every other error: a vault that cannot be read is not a list of bad backups
 */
function faultOfManifest(error: unknown): string {
  if (!(error instanceof OperatorError) || error.name === 'VaultReadError') throw error;
  return error.message;
}

/** What is wrong with the stored sizes against the manifest; undefined where nothing is. */
function sizeFault(manifest: ManifestHead, objects: readonly VaultObject[]): string | undefined {
  const stored = new Map(objects.map(({ path, bytes }) => [path, bytes]));
  for (const { path, bytes } of manifest.artifacts) {
    const found = stored.get(path);
    if (found === undefined) return `${path} is missing`;
    if (found !== bytes) return `${path} has ${found} bytes; the manifest says ${bytes}`;
  }
  return undefined;
}

/** @param stored the head that lies beside the manifest, where there is one */
async function readEntry(
  vault: Vault,
  { id, objects, finished }: BackupFolder,
  stored: ManifestHead | undefined,
): Promise<BackupEntry> {
  if (!finished) {
    return { id, state: 'incomplete', bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
  try {
    const manifest = stored ?? headOf(await showBackup(vault, id));
    const reason = sizeFault(manifest, objects);
    return reason === undefined
      ? { id, state: 'complete', manifest }
      : { id, state: 'damaged', manifest, reason };
  } catch (error) {
    if (error instanceof BackupNotFoundError) return { id, state: 'incomplete', bytes: 0 };
    return { id, state: 'unreadable', reason: faultOfManifest(error) };
  }
}
