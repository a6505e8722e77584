import type { Assessment, BackupOutlook } from '../assessment.ts';
import { STRAIGHT } from '../course.ts';
import { estimateRebuild } from '../estimate.ts';
import type { LeaveOut } from '../leave-out.ts';
import { holeTerms } from './hole-terms.ts';
import {
  backupObstacles,
  byContentObstacles,
  readingObstacles,
  sinkObstacles,
  targetObstacles,
} from './obstacles.ts';
import { destroysOf, type OptionInput, type OptionsOf, type PlanOption } from './plan-option.ts';

/** Up to a moment before the damage, or past named records: where the events themselves are wrong. */
export const pointInTimeOptions: OptionsOf = (input) => {
  const { assessment } = input;
  const { leaveOut, backups, backup } = assessment;
  if (leaveOut === undefined) return [nothingNamed(assessment)];
  const others = backups.filter(({ id }) => id !== backup.id);
  return [chosenBackup(input, leaveOut), ...others.map((other) => otherBackup(assessment, other))];
};

function nothingNamed(assessment: Assessment): PlanOption {
  return {
    ...{ procedure: 'point-in-time', possible: false, answers: false },
    why: ['nobody has named what is to be left out'],
    needs: '--until <time> or --skip <conditions>',
    ...{ lossEvents: null, seconds: null, basis: 'a guess' },
    destroys: destroysOf(assessment),
  };
}

function chosenBackup(input: OptionInput, leaveOut: NonNullable<Assessment['leaveOut']>): PlanOption {
  const { assessment } = input;
  const { backup } = assessment;
  const hole = holeTerms(input);
  const why = [
    ...leaveOut.obstacles,
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...byContentObstacles(assessment.backup),
    ...hole.why,
    ...sinkObstacles(assessment),
    ...readingObstacles(assessment),
  ];
  const { holes, starts } = hole.course ?? STRAIGHT;
  return {
    ...{ procedure: 'point-in-time', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: true },
    // What is set aside is in no table either.
    lossEvents: leaveOut.events === null ? null : leaveOut.events + hole.lost,
    ...spanOf(leaveOut, hole.span, assessment),
    ...estimateRebuild(assessment),
    destroys: destroysOf(assessment),
    ...(hole.needs === undefined ? {} : { needs: hole.needs }),
    course: { holes, starts, leaveOut: ruleOf(leaveOut) },
  };
}

/** What the replay goes by, without what was said about it. */
function ruleOf({ by, until, untilOffsets, after, skips }: LeaveOut): LeaveOut {
  return {
    ...{ by, after, skips },
    ...(until === undefined ? {} : { until }),
    ...(untilOffsets === undefined ? {} : { untilOffsets }),
  };
}

function spanOf(
  { until }: LeaveOut,
  hole: PlanOption['lossSpan'],
  { assessedAt: to }: Assessment,
): Pick<PlanOption, 'lossSpan'> {
  if (hole != null) return { lossSpan: { from: hole.from, to } };
  return until === undefined ? {} : { lossSpan: { from: until, to } };
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  const why = [
    ...(backup.holdsDamage === null ? [] : [backup.holdsDamage]),
    ...(backup.obstacle === null ? [] : [backup.obstacle]),
    ...(backup.exact || backup.byContent ? [] : ['it is inexact']),
    ...byContentObstacles(backup),
    ...(backup.log === 'whole' ? [] : ['Kafka does not hold the records since']),
  ];
  return {
    ...{ procedure: 'point-in-time', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: true },
    lossEvents: assessment.leaveOut?.events ?? null,
    ...estimateRebuild({ ...assessment, backup, log: backup }),
    destroys: destroysOf(assessment),
  };
}
