import type { Assessment, BackupOutlook } from '../assessment.ts';
import { estimateStandard } from '../estimate.ts';
import type { LeaveOut } from '../leave-out.ts';
import { backupObstacles, readingObstacles, targetObstacles } from './obstacles.ts';
import { destroysOf, type OptionsOf, type PlanOption } from './plan-option.ts';

/** Up to a moment before the damage, or past named records: where the events themselves are wrong. */
export const pointInTimeOptions: OptionsOf = ({ assessment }) => {
  const { leaveOut, backups, backup } = assessment;
  if (leaveOut === undefined) return [nothingNamed(assessment)];
  const others = backups.filter(({ id }) => id !== backup.id);
  return [chosenBackup(assessment, leaveOut), ...others.map((other) => otherBackup(assessment, other))];
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

function chosenBackup(assessment: Assessment, leaveOut: NonNullable<Assessment['leaveOut']>): PlanOption {
  const { backup, log } = assessment;
  const why = [
    ...leaveOut.obstacles,
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...(log.state === 'whole' ? [] : log.facts),
    ...readingObstacles(assessment),
  ];
  return {
    ...{ procedure: 'point-in-time', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: true, basis: 'a guess' },
    lossEvents: leaveOut.events,
    ...(leaveOut.until === undefined ? {} : { lossSpan: spanSince(leaveOut.until, assessment) }),
    seconds: estimateStandard(assessment),
    destroys: destroysOf(assessment),
    course: { holes: [], starts: [], leaveOut: ruleOf(leaveOut) },
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

function spanSince(from: string, { assessedAt: to }: Assessment): PlanOption['lossSpan'] {
  return { from, to };
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  const why = [
    ...(backup.holdsDamage === null ? [] : [backup.holdsDamage]),
    ...(backup.obstacle === null ? [] : [backup.obstacle]),
    ...(backup.exact ? [] : ['it is inexact']),
    ...(backup.log === 'whole' ? [] : ['Kafka does not hold the records since']),
  ];
  return {
    ...{ procedure: 'point-in-time', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: true, basis: 'a guess' },
    lossEvents: assessment.leaveOut?.events ?? null,
    seconds: estimateStandard({ backup, log: backup }),
    destroys: destroysOf(assessment),
  };
}
