import { hostAndPort } from '../../clients/postgres-url.ts';
import { type BaselineKind, chooseBaseline, damageOfBaseline } from '../../manifest/baseline-kind.ts';
import {
  BackupNotFoundError,
  type BackupObstacle,
  type BackupStock,
  chooseBackup,
} from '../../manifest/catalogue.ts';
import type { Manifest, ManifestHead } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Moments } from './assess-moments.ts';
import type { Assessment } from './assessment.ts';
import { holdsDamage } from './before-damage.ts';
import { type LeaveOut, untilText } from './leave-out.ts';
import type { RecoveryRequest } from './request.ts';

/** What a recovery would begin with. */
export interface Start {
  readonly manifest: Manifest;
  /** Newer backups that cannot be used, with the reason. */
  readonly passedOver: readonly string[];
  readonly baseline: { readonly kind: BaselineKind; readonly obstacle: string | null };
}

/** What a start must lie before. */
export interface Damage {
  readonly leaveOut: LeaveOut | undefined;
  readonly moments: Moments | undefined;
}

export interface StartQuestion extends Damage {
  readonly vault: Vault;
  readonly settings: Settings;
  readonly request: Pick<RecoveryRequest, 'backupId' | 'baseline'>;
  readonly unfinished: Assessment['unfinished'];
  readonly stock: BackupStock;
}

/**
 * The backup that was named, or the newest that can be used and holds nothing of what is to be left out. A
 * recovery that is continued keeps its backup, even if a newer one has appeared.
 * @throws BackupNotFoundError
 */
export async function chooseStart({
  vault,
  settings,
  request: { backupId, baseline },
  unfinished,
  stock,
  ...damage
}: StartQuestion): Promise<Start> {
  const wanted = unfinished?.baseline ?? baseline;
  const separateServer = isSeparate(settings);
  const choose = (manifest: ManifestHead) => chooseBaseline(manifest, { wanted, separateServer });
  const obstacleOf: BackupObstacle = (manifest, damaged) => {
    const choice = choose(manifest);
    if ('obstacle' in choice) return choice.obstacle;
    return damageOfBaseline(manifest, choice.kind, damaged) ?? damageIn(manifest, damage);
  };
  const id = unfinished?.backupId ?? backupId;
  const chosen = await chooseBackup(vault, id, obstacleOf, stock).catch((error: unknown) => {
    throw damage.leaveOut === undefined ? error : beforeEveryBackup(error, damage.leaveOut);
  });
  const choice = choose(chosen.manifest);
  return {
    ...chosen,
    baseline:
      'obstacle' in choice
        ? { kind: wanted ?? 'dump', obstacle: choice.obstacle }
        : { ...choice, obstacle: null },
  };
}

/** Why the backup holds already what is to be left out. */
export function damageIn(manifest: ManifestHead, { leaveOut, moments }: Damage): string | undefined {
  if (leaveOut === undefined) return undefined;
  return holdsDamage(manifest, leaveOut, (at) => moments?.offsetsAt.get(at));
}

function beforeEveryBackup(error: unknown, leaveOut: LeaveOut): unknown {
  if (!(error instanceof BackupNotFoundError)) return error;
  const moment = untilText(leaveOut);
  return new BackupNotFoundError(error.message, {
    hint: `the log is replayed onto a backup from before ${moment === '' ? 'the damage' : moment}: name a later moment, or the backup itself by --backup where its later events are sound`,
    cause: error,
  });
}

export function isSeparate({ databaseUrl, targetDatabaseUrl }: Settings): boolean {
  return hostAndPort(databaseUrl) !== hostAndPort(targetDatabaseUrl);
}
