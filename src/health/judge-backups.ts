import type { expectationsOf } from '../doctor/expectations.ts';
import { believedTakenAt, describeWrongDate, latestBackupMs } from '../doctor/vault-checks.ts';
import { RETENTION_MATRIX } from '../retention/frequency.ts';
import { hours } from '../retention/kafka-retention.ts';
import { damagedIds } from './integrity.ts';
import { type JudgeContext, type Judgement, ok, page } from './judgement.ts';
import type { BackupHealth } from './look-at-backups.ts';

const HOUR_MS = 3_600_000;

/** What the vault tells of its backups, and how often they should be taken. */
export interface FreshnessScene {
  readonly backups: Pick<BackupHealth, 'manifest' | 'passedOver' | 'url' | 'wrongDate'>;
  /** When the newest backup was taken, where it is one that vault-integrity tells of; else undefined. */
  readonly damagedAt?: string | undefined;
  readonly expected: Pick<ReturnType<typeof expectationsOf>, 'frequency' | 'durations'>;
}

/** The newest backup that a recovery could use, against the schedule's own period. Pure. */
export function judgeBackupFresh(scene: FreshnessScene, { now }: JudgeContext): Judgement {
  const { manifest, passedOver, url, wrongDate } = scene.backups;
  const { frequency, durations } = scene.expected;
  const { intervalMs } = RETENTION_MATRIX[frequency];
  const mostMs = latestBackupMs({ intervalMs, backupMs: durations.backupMs });
  const threshold = mostMs / HOUR_MS;
  const bad = [
    ...(wrongDate === undefined ? [] : [describeWrongDate(wrongDate)]),
    ...passedOver.map((reason) => `not usable: ${reason}`),
  ];
  const told = (judged: Bad): Judgement => unlessDamaged(judged, scene, now.getTime() - mostMs);
  if (manifest === undefined) {
    return told({
      evidence: [`there is no usable backup in ${url}`, ...bad],
      threshold,
      hint: 'take one with `msr backup`: until then a lost database is lost',
    });
  }
  const takenAt = Date.parse(believedTakenAt(manifest, wrongDate));
  if (Number.isNaN(takenAt)) {
    return page({
      evidence: [`nobody knows how old the newest good backup, ${manifest.id}, is`, ...bad],
      threshold,
      hint: 'set the clock of the host that takes backups, and take one: `msr backup`',
    });
  }
  // Clocks differ by seconds.
  const ageMs = Math.max(0, now.getTime() - takenAt);
  const value = ageMs / HOUR_MS;
  const fact = `the newest good backup, ${manifest.id}, is ${hours(ageMs)} old; ${frequency} ones may be ${hours(mostMs)}`;
  const measured = { value, threshold, values: { BackupAgeHours: value } };
  if (ageMs <= mostMs) return { ...ok(fact, measured), evidence: [fact, ...bad] };
  return told({
    evidence: [fact, ...bad],
    ...measured,
    hint: 'see why the schedule did not take one, or why it failed (`msr backups list`, the state machine), and take one: `msr backup`',
  });
}

type Bad = Parameters<typeof page>[0];

/** A backup was taken in time and is damaged: one page is enough, and that of the damage says more. */
function unlessDamaged(bad: Bad, { damagedAt }: FreshnessScene, sinceMs: number): Judgement {
  if (damagedAt === undefined || Date.parse(damagedAt) < sinceMs) return page(bad);
  const [fact, ...more] = bad.evidence;
  const why = `the newest one is of ${damagedAt}, in time, and vault-integrity tells what is wrong with it`;
  return { ...page(bad), severity: 'none', evidence: [fact, why, ...more] };
}

/** When the newest backup was taken, where the list or its verification says that it is damaged. Pure. */
export function damagedNewest({ summaries }: Pick<BackupHealth, 'summaries'>): string | undefined {
  const newest = summaries.find(({ state }) => state !== 'incomplete');
  return newest !== undefined && damagedIds([newest]).has(newest.id) ? newest.takenAt : undefined;
}
