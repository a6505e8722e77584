import { count } from '../../../core/activity.ts';
import type { Assessment, BackupOutlook } from '../assessment.ts';
import { estimateRebuild } from '../estimate.ts';
import { holeTerms } from './hole-terms.ts';
import {
  backupObstacles,
  byContentObstacles,
  readingObstacles,
  sinkObstacles,
  targetObstacles,
} from './obstacles.ts';
import { destroysOf, type OptionInput, type OptionsOf, type PlanOption } from './plan-option.ts';

/** A backup and every record since: from the chosen one, then from the others. */
export const standardOptions: OptionsOf = (input) => {
  const { assessment } = input;
  const others = assessment.backups.filter(({ id }) => id !== assessment.backup.id);
  return [chosenBackup(input), ...others.map((backup) => otherBackup(assessment, backup))];
};

function chosenBackup(input: OptionInput): PlanOption {
  const { assessment } = input;
  const { backup } = assessment;
  const hole = holeTerms(input);
  const why = [
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...(hole.course === undefined ? [] : byContentObstacles(backup)),
    ...hole.why,
    ...sinkObstacles(assessment),
    ...readingObstacles(assessment),
  ];
  return {
    ...{ procedure: 'standard', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: isNeeded(assessment) },
    lossEvents: hole.lost,
    ...(hole.span === undefined ? {} : { lossSpan: hole.span }),
    ...estimateRebuild(assessment),
    destroys: destroysOf(assessment),
    ...(hole.needs === undefined ? {} : { needs: hole.needs }),
    ...(hole.course === undefined ? {} : { course: hole.course }),
  };
}

/** One that was not compared in full may be hurt: the approver decides. */
function isNeeded({ database }: Assessment): boolean {
  return database.state !== 'healthy';
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  const why = [
    ...(backup.obstacle === null ? [] : [backup.obstacle]),
    ...(backup.exact || backup.byContent ? [] : ['it is inexact']),
    ...(backup.log === 'whole' ? [] : [missing(backup)]),
  ];
  return {
    ...{ procedure: 'standard', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: isNeeded(assessment) },
    lossEvents: backup.log === 'whole' ? 0 : backup.lost,
    ...estimateRebuild({ ...assessment, backup, log: backup }),
    destroys: destroysOf(assessment),
  };
}

function missing({ log, lost }: BackupOutlook): string {
  if (log === 'unreachable') return 'no broker answers';
  return lost === null
    ? 'Kafka does not hold the records since'
    : `Kafka does not hold ${count(lost)} of the records since`;
}
