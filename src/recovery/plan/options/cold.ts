import { sortOffsets } from '../../../core/offsets.ts';
import { type Gaps, gapObstacles } from '../../pipeline/gaps.ts';
import type { Assessment, BackupOutlook } from '../assessment.ts';
import type { Course } from '../course.ts';
import { estimateRebuild } from '../estimate.ts';
import { lossIn, spanOf } from '../loss.ts';
import {
  backupObstacles,
  byContentObstacles,
  isDatabaseHurt,
  readingObstacles,
  targetObstacles,
} from './obstacles.ts';
import { destroysOf, type OptionsOf, type PlanOption } from './plan-option.ts';

/**
 * A backup, and what Kafka has by now: where the records since are gone with their topics or their
 * brokers. The pipeline is started again from the backup's description of it.
 */
export const coldOptions: OptionsOf = ({ assessment }) => {
  const others = assessment.backups.filter(({ id }) => id !== assessment.backup.id);
  return [chosenBackup(assessment), ...others.map((backup) => otherBackup(assessment, backup))];
};

function chosenBackup(assessment: Assessment): PlanOption {
  const { backup, log, gaps, assessedAt } = assessment;
  const why = [
    ...notForThis(assessment),
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...byContentObstacles(assessment.backup),
    ...(log.state === 'unreachable' ? log.facts : log.around.obstacles),
    ...readingObstacles(assessment),
    ...(gaps === undefined ? [] : gapObstacles(gaps)),
  ];
  const { holes, starts, begins } = log.around;
  const { events, atLeast } = lossIn(holes);
  const course: Course = { holes, starts: [...starts, ...createdStarts(gaps)] };
  return {
    ...{ procedure: 'cold', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why },
    answers: isDatabaseHurt(assessment),
    ...{ lossEvents: events, lossAtLeast: atLeast },
    lossSpan: spanOf(holes, { since: backup.takenAt, until: assessedAt, begins }),
    ...estimateRebuild(assessment),
    destroys: destroysOf(assessment),
    course: { ...course, starts: sortOffsets(course.starts) },
  };
}

/** What another procedure does with less, or with what the operator has to say first. */
function notForThis({ log, sink, gaps, unfinished }: Assessment): string[] {
  // What it has created already makes the world look as if nothing had been lost.
  if (log.state === 'unreachable' || unfinished?.procedure === 'cold') return [];
  const { anew, absent } = log.around;
  const isLost = anew.length + absent.length > 0 || sink.state === 'absent' || (gaps?.topics.length ?? 0) > 0;
  if (isLost) return [];
  return log.state === 'whole'
    ? ['Kafka holds every record since the backup: standard loses nothing']
    : ['the topics are those of the backup: standard goes around what is gone, where that is accepted'];
}

/** A topic that is created anew begins at 0, whatever stood in the one before. */
function createdStarts(gaps: Gaps | undefined): Course['starts'] {
  return (gaps?.topics ?? []).flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0 })),
  );
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  const why = [
    ...notForThis(assessment),
    ...(backup.obstacle === null ? [] : [backup.obstacle]),
    ...(backup.exact || backup.byContent ? [] : ['it is inexact']),
    ...byContentObstacles(backup),
    ...(assessment.gaps === undefined ? [] : gapObstacles(assessment.gaps)),
    ...(backup.log === 'unreachable' ? ['no broker answers'] : []),
  ];
  return {
    ...{ procedure: 'cold', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why },
    answers: isDatabaseHurt(assessment),
    lossEvents: backup.log === 'whole' ? 0 : backup.lost,
    lossSpan: { from: backup.takenAt, to: assessment.assessedAt },
    ...estimateRebuild({ ...assessment, backup, log: backup }),
    destroys: destroysOf(assessment),
  };
}
