import type { Assessment, BackupOutlook } from '../assessment.ts';
import { lostIn } from '../course.ts';
import { estimateCold } from '../estimate.ts';
import { NOT_YET } from './not-yet.ts';
import { backupObstacles, isDatabaseHurt, readingObstacles, targetObstacles } from './obstacles.ts';
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
  const { backup, log } = assessment;
  const why = [
    NOT_YET,
    ...(log.state === 'whole' ? ['Kafka holds every record since the backup: standard loses nothing'] : []),
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...log.around.obstacles,
    ...readingObstacles(assessment),
  ];
  const { holes, starts } = log.around;
  return {
    ...{ procedure: 'cold', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, basis: 'a guess' },
    answers: isDatabaseHurt(assessment) && log.state !== 'whole',
    // With the log out of reach nobody can count what came after the backup.
    lossEvents: log.state === 'whole' ? log.records : lostIn(holes),
    lossSpan: { from: backup.takenAt, to: assessment.assessedAt },
    seconds: estimateCold(backup),
    destroys: destroysOf(assessment),
    course: { holes, starts },
  };
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  return {
    ...{ procedure: 'cold', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: false, why: [NOT_YET], basis: 'a guess' },
    answers: isDatabaseHurt(assessment) && backup.log !== 'whole',
    lossEvents: backup.log === 'whole' ? backup.records : backup.lost,
    lossSpan: { from: backup.takenAt, to: assessment.assessedAt },
    seconds: estimateCold(backup),
    destroys: destroysOf(assessment),
  };
}
