import type { BackupEntry } from '../manifest/catalogue.ts';
import { longestUnread, READ_WITHIN_DAYS, readAt } from '../manifest/reading-pace.ts';
import type { ReadBackup } from '../manifest/readings.ts';
import type { ArtifactLook, ComparedBy } from './compare-artifact.ts';
import type { HealthRecord } from './health-record.ts';
import { type JudgeContext, type Judgement, ok, page, ticket } from './judgement.ts';

const DAY_MS = 86_400_000;
/** A day later the run of that day has failed, too. */
const MOST_DAYS = READ_WITHIN_DAYS + 1;

export interface IntegrityScene {
  readonly entries: readonly BackupEntry[];
  readonly read: readonly ReadBackup[];
  /** How the newest backups' artifacts lie there. */
  readonly looks: readonly ArtifactLook[];
}

/** Whether what is stored is what was written, as far as it can be told without reading all of it. Pure. */
export function judgeIntegrity({ entries, read, looks }: IntegrityScene, ctx: JudgeContext): Judgement {
  const bad = entries.flatMap((entry) =>
    'reason' in entry ? [`${entry.id} is ${entry.state}: ${entry.reason}`] : [],
  );
  const damaged = read
    .filter(({ verification }) => verification?.verdict === 'damaged')
    .map(({ id }) => `${id} was found damaged when it was read (\`msr backups show ${id}\`)`);
  const faults = looks.flatMap(({ fault }) => fault ?? []);
  const again = rewritten(onlySeen(looks), ctx.previous?.artifacts ?? {});
  const evidence = [...faults, ...again, ...bad, ...damaged];
  const [first, ...more] = evidence;
  if (first !== undefined) {
    return page({
      evidence: [first, ...more.slice(0, 4)],
      ...{ value: evidence.length, threshold: 0 },
      hint: 'take a backup at once (`msr backup`), then find out who or what changed the vault; `msr backups verify <id>` reads all of one',
    });
  }
  return judgeAge(read, looks, ctx);
}

function judgeAge(
  read: readonly ReadBackup[],
  looks: readonly ArtifactLook[],
  { now }: JudgeContext,
): Judgement {
  const oldest = longestUnread(read);
  if (oldest === undefined) return ok('there is no backup that could be damaged', { value: 0, threshold: 0 });
  const days = Math.max(0, (now.getTime() - Date.parse(readAt(oldest))) / DAY_MS);
  const fact = `of ${read.length} backups none is damaged; ${oldest.id} was read the longest ago, ${days.toFixed(1)} days`;
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

/** Artifacts are written once: one that is shorter, longer or newer than at the run before was changed. */
function rewritten(now: HealthRecord['artifacts'], then: HealthRecord['artifacts']): string[] {
  return Object.entries(now).flatMap(([path, found]) => {
    const before = then[path];
    if (before === undefined || (before.bytes === found.bytes && before.modifiedAt === found.modifiedAt))
      return [];
    return [
      `${path} was written again at ${found.modifiedAt}: it had ${before.bytes} bytes, now it has ${found.bytes}`,
    ];
  });
}
