import { VaultPath } from '../vault/vault.ts';
import type { Manifest } from './manifest.ts';
import type { DamagedPart } from './verification.ts';
import { VOLUMES_FEATURES } from './volumes-features.ts';
import { volumesName } from './volumes-schema.ts';

/**
 * What of a backup a recovery begins with. dump: loaded beside the live database · volumes: a server
 * on a copy of its volumes.
 */
export const BASELINE_KINDS = ['dump', 'volumes'] as const;
export type BaselineKind = (typeof BASELINE_KINDS)[number];

export interface BaselineWish {
  /**
   * The kind that was asked for.
   * @default the dump where there is one: it needs nothing that costs or has to be attached
   */
  readonly wanted?: BaselineKind | undefined;
  /** The target's server is another one than that of the live database. */
  readonly separateServer: boolean;
}

export type BaselineChoice = { readonly kind: BaselineKind } | { readonly obstacle: string };

/** What a recovery from this backup begins with, or why it cannot. Pure. */
export function chooseBaseline(
  backup: Pick<Manifest, 'id' | 'strategy' | 'artifacts' | 'volumes'>,
  { wanted, separateServer }: BaselineWish,
): BaselineChoice {
  const kind = wanted ?? (hasDump(backup) ? 'dump' : 'volumes');
  if (kind === 'dump') {
    return hasDump(backup) ? { kind } : { obstacle: `it holds no dump (strategy ${backup.strategy})` };
  }
  if (backup.volumes.length === 0) {
    return { obstacle: `it holds no volumes (strategy ${backup.strategy})` };
  }
  if (separateServer) return { kind };
  return {
    obstacle:
      'its volumes come up as a server of their own, and MSR_TARGET_DATABASE_URL names the live one: let it name the server that they come up on',
  };
}

/**
 * Why a recovery that begins with `kind` must not read this backup; undefined where what it reads is whole as
 * far as anybody has looked. The other half of a hybrid backup may be damaged. Pure.
 */
export function damageOfBaseline(
  backup: Pick<Manifest, 'id' | 'volumes'>,
  kind: BaselineKind,
  damaged: readonly DamagedPart[],
): string | undefined {
  const unread = kind === 'dump' ? backup.volumes.map(volumesName) : [VaultPath.dump(backup.id)];
  const read = damaged.filter(({ path }) => !unread.includes(path));
  if (read.length === 0) return undefined;
  const facts = read.map(({ path, fact }) => `${path}: ${fact}`).join('; ');
  return `its latest verification found it damaged (${facts})`;
}

/** Whether `pg_restore` can bring the backup back. */
export function hasDump({ id, artifacts }: Pick<Manifest, 'id' | 'artifacts'>): boolean {
  return artifacts.some(({ path }) => path === VaultPath.dump(id));
}

/**
 * Whether the copy that comes up keeps the live name and is recovered under it: a managed service gives
 * nobody the superuser who closes a database, ends other users' sessions and renames it.
 */
export function isRecoveredInPlace({ volumes }: Pick<Manifest, 'volumes'>): boolean {
  return volumes.some(({ kind }) => VOLUMES_FEATURES[kind].recoveredInPlace);
}
