import { longestUnread, READ_WITHIN_DAYS, readAt } from '../manifest/reading-pace.ts';
import type { ArtifactLook, ComparedBy } from './compare-artifact.ts';
import type { HealthRecord } from './health-record.ts';
import { type JudgeContext, type Judgement, ok, page, ticket } from './judgement.ts';
import type { BackupSummary } from './recall-backups.ts';

const DAY_MS = 86_400_000;
/** A day later the run of that day has failed, too. */
const MOST_DAYS = READ_WITHIN_DAYS + 1;

export interface IntegrityScene {
  readonly backups: readonly BackupSummary[];
  /** How the newest backups' artifacts lie there. */
  readonly looks: readonly ArtifactLook[];
  /** The backup that a recovery would begin with; undefined: there is none. */
  readonly newestGood: string | undefined;
  /** Damage that earlier runs have met, as `HealthRecord` keeps it. */
  readonly known: HealthRecord['damaged'];
}

/** What is not as it was written of one backup. */
interface Damage {
  readonly id: string;
  readonly fact: string;
}

/** Whether what is stored is what was written, as far as it can be told without reading all of it. Pure. */
export function judgeIntegrity(scene: IntegrityScene, ctx: JudgeContext): Judgement {
  const { newestGood, known } = scene;
  const before = ctx.previous?.artifacts ?? {};
  const damages = [...damagedArtifacts(scene, before), ...scene.backups.flatMap(damageOf)];
  const damaged = Object.fromEntries(damages.map(({ id }) => [id, known[id] ?? newestGood ?? '']));
  const keep = { damaged, artifacts: keptArtifacts(scene, before) };
  const [first, ...more] = damages.map(({ fact }) => fact);
  if (first === undefined) return { ...judgeAge(scene, ctx), keep };
  const bad = {
    evidence: [first, ...more.slice(0, 4)] as const,
    ...{ value: damages.length, threshold: 0 },
    hint: 'find out who or what changed the vault; `msr backups verify <id>` reads all of one',
    keep,
  };
  const isReplaced = Object.values(damaged).every((then) => newestGood !== undefined && newestGood !== then);
  if (!isReplaced) return page({ ...bad, hint: `take a backup at once (\`msr backup\`), then ${bad.hint}` });
  const evidence = [first, `${newestGood} was taken since, and is good`, ...more.slice(0, 3)] as const;
  return ticket({ ...bad, evidence });
}

/** Artifacts that lie there in another way than they were written, or than they lay there before. */
function damagedArtifacts(
  scene: Pick<IntegrityScene, 'looks' | 'backups'>,
  before: HealthRecord['artifacts'],
): Damage[] {
  const faults = scene.looks.flatMap(({ path, fault }) =>
    fault === undefined ? [] : [{ id: backupOf(path), fact: fault }],
  );
  return [...faults, ...rewritten(scene, before).map(({ path, fact }) => ({ id: backupOf(path), fact }))];
}

/** `backups/<id>/database.dump` */
function backupOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function damageOf(backup: BackupSummary): Damage[] {
  const { id, state } = backup;
  if ('reason' in backup) return [{ id, fact: `${id} is ${state}: ${backup.reason}` }];
  if (verificationOf(backup)?.verdict !== 'damaged') return [];
  return [{ id, fact: `${id} was found damaged when it was read (\`msr backups show ${id}\`)` }];
}

function verificationOf(backup: BackupSummary) {
  return 'verification' in backup ? backup.verification : undefined;
}

/** The backups of which `vault-integrity` tells that they are damaged, by the list alone. Pure. */
export function damagedIds(backups: readonly BackupSummary[]): ReadonlySet<string> {
  return new Set(backups.flatMap(damageOf).map(({ id }) => id));
}

/** The complete ones, and when each was read to its end. */
function readingsOf(backups: readonly BackupSummary[]) {
  return backups.flatMap((backup) =>
    backup.state === 'complete' && backup.createdAt !== undefined
      ? [{ id: backup.id, createdAt: backup.createdAt, verification: backup.verification }]
      : [],
  );
}

function judgeAge(
  { backups, looks }: Pick<IntegrityScene, 'backups' | 'looks'>,
  { now }: JudgeContext,
): Judgement {
  const read = readingsOf(backups);
  const unseen = backups.filter(({ state }) => state === 'not seen').length;
  const oldest = longestUnread(read);
  if (oldest === undefined) return ok('there is no backup that could be damaged', { value: 0, threshold: 0 });
  const days = Math.max(0, (now.getTime() - Date.parse(readAt(oldest))) / DAY_MS);
  const rest = unseen === 0 ? '' : `; ${unseen} more are new to this run, and the next ones look at them`;
  const fact = `of ${read.length} backups none is damaged${rest}; ${oldest.id} was read the longest ago, ${days.toFixed(1)} days`;
  const measured = { value: 0, threshold: 0, values: { OldestReadDays: days } };
  const compared = comparedText(looks);
  if (days <= MOST_DAYS) return { ...ok(fact, measured), evidence: [fact, compared] };
  return ticket({
    evidence: [`${fact}; each should be read within ${READ_WITHIN_DAYS}`, compared],
    ...measured,
    hint: 'see why the daily verification does not keep up (in AWS its state machine; on one machine `msr backups verify --oldest` of cron, once a day)',
  });
}

const COMPARED: Readonly<Record<ComparedBy, string>> = {
  checksum: "by the vault's own checksums",
  read: 'by reading them',
  size: 'by size and time alone',
};

/** What was compared is said: sizes alone prove little. */
function comparedText(looks: readonly ArtifactLook[]): string {
  const counts = (['checksum', 'read', 'size'] as const).flatMap((by) => {
    const count = looks.filter((look) => look.by === by).length;
    return count === 0 ? [] : [`${count} ${COMPARED[by]}`];
  });
  return `compared of the newest backups' artifacts: ${counts.join(', ') || 'none'}`;
}

/** Those of which only size and time are known, as the next run compares them. Pure. */
export function onlySeen(looks: readonly ArtifactLook[]): HealthRecord['artifacts'] {
  const unread = looks.filter(({ by, fault }) => by === 'size' && fault === undefined);
  return Object.fromEntries(unread.map(({ path, bytes, modifiedAt }) => [path, { bytes, modifiedAt }]));
}

/**
 * Artifacts are written once: one that is shorter, longer or newer than at the run before was changed, unless
 * somebody has read all of its backup since.
 */
function rewritten(
  { looks, backups }: Pick<IntegrityScene, 'looks' | 'backups'>,
  before: HealthRecord['artifacts'],
): Array<{ readonly path: string; readonly fact: string }> {
  const verifiedAt = new Map(backups.map((each) => [each.id, verificationOf(each)?.verifiedAt ?? '']));
  return Object.entries(onlySeen(looks)).flatMap(([path, found]) => {
    const then = before[path];
    if (then === undefined || (then.bytes === found.bytes && then.modifiedAt === found.modifiedAt)) return [];
    if ((verifiedAt.get(backupOf(path)) ?? '') > found.modifiedAt) return [];
    const fact = `${path} was written again at ${found.modifiedAt}: it had ${then.bytes} bytes, now it has ${found.bytes}`;
    return [{ path, fact }];
  });
}

/** For the next run; what was written again is compared with what it was. */
function keptArtifacts(
  scene: Pick<IntegrityScene, 'looks' | 'backups'>,
  before: HealthRecord['artifacts'],
): HealthRecord['artifacts'] {
  const then = rewritten(scene, before).flatMap(({ path }) => {
    const known = before[path];
    return known === undefined ? [] : [[path, known] as const];
  });
  return { ...onlySeen(scene.looks), ...Object.fromEntries(then) };
}
