import { count } from '../../../core/activity.ts';
import type { Assessment, BackupOutlook } from '../assessment.ts';
import { holeHash, lostIn } from '../course.ts';
import { estimateStandard } from '../estimate.ts';
import { spanOf } from '../loss.ts';
import { backupObstacles, readingObstacles, targetObstacles } from './obstacles.ts';
import { destroysOf, type OptionInput, type OptionsOf, type PlanOption } from './plan-option.ts';

/** A backup and every record since: from the chosen one, then from the others. */
export const standardOptions: OptionsOf = (input) => {
  const { assessment } = input;
  const others = assessment.backups.filter(({ id }) => id !== assessment.backup.id);
  return [chosenBackup(input), ...others.map((backup) => otherBackup(assessment, backup))];
};

function chosenBackup({ assessment, request }: OptionInput): PlanOption {
  const { backup, log } = assessment;
  const hole = acceptable(log);
  const begun = request.fresh ? undefined : assessment.unfinished;
  const approved = holeHash(begun?.course?.holes ?? []);
  const wanted = request.acceptHole ?? approved;
  const accepted = hole !== undefined && wanted === hole.hash;
  const why = [
    ...targetObstacles(assessment),
    ...backupObstacles(assessment),
    ...(accepted || log.state === 'whole' ? [] : log.facts),
    ...(assessment.sink.state === 'absent' ? [...assessment.sink.facts, 'cold creates it again'] : []),
    ...(wanted === undefined || accepted ? [] : [otherHole(wanted, hole?.hash)]),
    ...(accepted && begun !== undefined && approved !== wanted ? [begunWithout(begun.recoveryId)] : []),
    ...readingObstacles(assessment),
  ];
  const { holes, starts, begins } = log.around;
  const [since, until] = [backup.takenAt, assessment.assessedAt];
  return {
    ...{ procedure: 'standard', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: isNeeded(assessment), basis: 'a guess' },
    lossEvents: hole === undefined ? 0 : hole.lost,
    ...(hole === undefined ? {} : { lossSpan: spanOf(holes, { since, until, begins }) }),
    seconds: estimateStandard(assessment),
    destroys: destroysOf(assessment),
    ...(hole === undefined || accepted ? {} : { needs: `--accept-hole ${hole.hash}` }),
    ...(accepted ? { course: { holes, starts } } : {}),
  };
}

function begunWithout(recoveryId: string): string {
  return `the recovery ${recoveryId}, which would be continued, was begun without this hole: begin anew with --fresh`;
}

/** One that was not compared in full may be hurt: the approver decides. */
function isNeeded({ database }: Assessment): boolean {
  return database.state !== 'healthy';
}

/** A hole that retention ate, and nothing worse: the topics are those of the backup. */
function acceptable({ state, around }: Assessment['log']): { hash: string; lost: number } | undefined {
  const { anew, absent, obstacles, holes } = around;
  if (state !== 'damaged' || anew.length + absent.length + obstacles.length > 0) return undefined;
  const hash = holeHash(holes);
  const lost = lostIn(holes);
  return hash === undefined || lost === null ? undefined : { hash, lost };
}

function otherHole(accepted: string, present: string | undefined): string {
  return present === undefined
    ? `--accept-hole ${accepted} accepts a hole, and there is none that could be accepted`
    : `--accept-hole ${accepted} accepts another hole: the present one is ${present}`;
}

function otherBackup(assessment: Assessment, backup: BackupOutlook): PlanOption {
  const why = [
    ...(backup.obstacle === null ? [] : [backup.obstacle]),
    ...(backup.exact ? [] : ['it is inexact']),
    ...(backup.log === 'whole' ? [] : [missing(backup)]),
  ];
  return {
    ...{ procedure: 'standard', backupId: backup.id, baseline: backup.baseline },
    ...{ possible: why.length === 0, why, answers: isNeeded(assessment), basis: 'a guess' },
    lossEvents: backup.log === 'whole' ? 0 : backup.lost,
    seconds: estimateStandard({ backup, log: backup }),
    destroys: destroysOf(assessment),
  };
}

function missing({ log, lost }: BackupOutlook): string {
  if (log === 'unreachable') return 'no broker answers';
  return lost === null
    ? 'Kafka does not hold the records since'
    : `Kafka does not hold ${count(lost)} of the records since`;
}
