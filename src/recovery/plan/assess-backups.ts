import type { Offsets } from '../../core/offsets.ts';
import { type BaselineWish, chooseBaseline, damageOfBaseline } from '../../manifest/baseline-kind.ts';
import type { BackupEntry, BackupStock, DamageOfBackups } from '../../manifest/catalogue.ts';
import { isByContent, type ManifestHead } from '../../manifest/manifest.ts';
import { replayStart } from '../replay/replay-start.ts';
import type { BackupOutlook } from './assessment.ts';
import { type Damage, damageIn } from './choose-start.ts';
import { compareLog, type LogContent } from './compare-log.ts';
import { lostIn } from './course.ts';
import { reachedSince } from './reached.ts';

/** The newest ones: older than these nobody begins with while one of them is whole. */
const MOST_PRICED = 30;

/**
 * Every backup with what a recovery from it would come to, by the heads of the manifests: what stands
 * before a cut is compared with the log for the chosen backup alone.
 * @param log undefined: the brokers do not answer
 */
export function assessBackups(
  { entries: all, damaged }: BackupStock,
  log: LogContent | undefined,
  wish: BaselineWish,
  damage: Damage,
): { readonly backups: BackupOutlook[]; readonly heads: readonly ManifestHead[] } {
  const entries = all.slice(0, MOST_PRICED);
  const backups = outlooks(entries, damaged, { log, wish, damage, now: Date.now() });
  return { backups, heads: entries.flatMap((entry) => ('manifest' in entry ? [entry.manifest] : [])) };
}

interface World {
  readonly log: LogContent | undefined;
  readonly wish: BaselineWish;
  /** What a baseline must lie before. @default nothing */
  readonly damage?: Damage;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

/** Pure. In the order given; what never became a backup, or is none, is left out. */
export function outlooks(
  entries: readonly BackupEntry[],
  damaged: DamageOfBackups,
  world: World,
): BackupOutlook[] {
  return entries.flatMap((entry) => {
    if (!('manifest' in entry)) return [];
    const fault = entry.state === 'damaged' ? entry.reason : undefined;
    const choice = chooseBaseline(entry.manifest, world.wish);
    const kind = 'obstacle' in choice ? (world.wish.wanted ?? 'dump') : choice.kind;
    const obstacle =
      fault ??
      ('obstacle' in choice
        ? choice.obstacle
        : damageOfBaseline(entry.manifest, kind, damaged.get(entry.id) ?? []));
    const reached = reachedSince(entry.id, entry.manifest.cut, entries);
    const outlook = priced(entry.manifest, reached, world);
    return [{ ...outlook, baseline: kind, obstacle: obstacle ?? null }];
  });
}

function priced(
  manifest: ManifestHead,
  reached: Offsets,
  { log, damage, now }: World,
): Omit<BackupOutlook, 'baseline' | 'obstacle'> {
  const { id, cut, durations, databaseBytes } = manifest;
  const { dumpSeconds, digestSeconds } = durations;
  const holds = damage === undefined ? undefined : damageIn(manifest, damage);
  const head = {
    id,
    takenAt: cut.takenAt,
    exact: cut.exact,
    byContent: isByContent(cut),
    dumpSeconds,
    digestSeconds,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(databaseBytes === undefined ? {} : { databaseBytes }),
    holdsDamage: holds ?? null,
  };
  if (log === undefined) return { ...head, log: 'unreachable', records: 0, lost: null };
  const { state, records, around } = compareLog({ ...cut, reached }, replayStart(cut, log.topics), log, now);
  const lost = around.obstacles.length > 0 ? null : lostIn(around.holes);
  return { ...head, log: state, records, lost };
}
