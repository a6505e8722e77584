import type { Assessment } from '../assessment.ts';
import { type Course, holeHash, lostIn } from '../course.ts';
import { spanOf } from '../loss.ts';
import type { OptionInput, PlanOption } from './plan-option.ts';

/** What a hole in the log means for a replay from the chosen backup. */
export interface HoleTerms {
  /** Why it cannot be replayed. */
  readonly why: readonly string[];
  /** Offsets that would be lost; 0: no hole, or none that could be accepted. */
  readonly lost: number;
  readonly span?: PlanOption['lossSpan'];
  /** What accepts it, where that was not said yet. */
  readonly needs?: string;
  /** Around the hole that was accepted. */
  readonly course?: Pick<Course, 'holes' | 'starts'>;
}

/** Whether the log is whole, or its hole is one that was accepted. Pure. */
export function holeTerms({ assessment, request }: OptionInput): HoleTerms {
  const { backup, log } = assessment;
  const hole = acceptable(log);
  const begun = request.fresh ? undefined : assessment.unfinished;
  const approved = holeHash(begun?.course?.holes ?? []);
  const wanted = request.acceptHole ?? approved;
  const accepted = hole !== undefined && wanted === hole.hash;
  const { holes, starts, begins } = log.around;
  const [since, until] = [backup.takenAt, assessment.assessedAt];
  return {
    why: [
      ...(accepted || log.state === 'whole' ? [] : log.facts),
      ...(wanted === undefined || accepted ? [] : [otherHole(wanted, hole?.hash)]),
      ...(accepted && begun !== undefined && approved !== wanted ? [begunWithout(begun.recoveryId)] : []),
    ],
    lost: hole?.lost ?? 0,
    ...(hole === undefined ? {} : { span: spanOf(holes, { since, until, begins }) }),
    ...(hole === undefined || accepted ? {} : { needs: `--accept-hole ${hole.hash}` }),
    ...(accepted ? { course: { holes, starts } } : {}),
  };
}

/** A hole that retention ate, and nothing worse: the topics are those of the backup. */
function acceptable({ state, around }: Assessment['log']): { hash: string; lost: number } | undefined {
  const { anew, absent, obstacles, holes } = around;
  if (state !== 'damaged' || anew.length + absent.length + obstacles.length > 0) return undefined;
  const hash = holeHash(holes);
  const lost = lostIn(holes);
  return hash === undefined || lost === null ? undefined : { hash, lost };
}

function begunWithout(recoveryId: string): string {
  return `the recovery ${recoveryId}, which would be continued, was begun without this hole: begin anew with --fresh`;
}

function otherHole(accepted: string, present: string | undefined): string {
  return present === undefined
    ? `--accept-hole ${accepted} accepts a hole, and there is none that could be accepted`
    : `--accept-hole ${accepted} accepts another hole: the present one is ${present}`;
}
