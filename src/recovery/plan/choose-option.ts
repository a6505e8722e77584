import type { Assessment } from './assessment.ts';
import type { Course } from './course.ts';
import { leavesOutTheSame } from './leave-out.ts';
import type { PlanOption } from './options/plan-option.ts';
import type { Procedure } from './procedures.ts';
import type { RecoveryRequest } from './request.ts';
import { leaveOutOf } from './request-leave-out.ts';

/** Which option a plan carries out, or would. */
export interface Choice {
  readonly procedure: Procedure;
  readonly course: Course | undefined;
  readonly zone?: string | undefined;
  /** As the plan prices it; absent where nothing is priced. */
  readonly option?: PlanOption | undefined;
  /** Why nothing is carried out. */
  readonly refusal?: string | undefined;
}

/**
 * What was asked for, or else the best of what mends what is broken: the options come in that order. What was
 * begun is gone on with. Pure.
 */
export function chooseOption(
  assessment: Assessment,
  request: RecoveryRequest,
  options: readonly PlanOption[],
): Choice {
  const { database } = assessment;
  const unfinished = request.fresh ? undefined : assessment.unfinished;
  const asked = askedFor(request);
  const wanted = unfinished?.procedure ?? asked;
  const own = options.filter(({ backupId }) => isOf(backupId, assessment));
  const candidates = own.filter(({ procedure }) =>
    wanted === undefined ? procedure !== 'partial' || isProven(assessment) : procedure === wanted,
  );
  const [best] = candidates;
  const procedure = best?.procedure ?? wanted ?? 'standard';
  const { course, zone } = unfinished ?? best ?? {};
  const way = { procedure, course, zone, option: best };
  // Past the commit point only forward leads out: whatever stands in the way is met, and told, there.
  if (unfinished?.live === true) return { ...way, procedure: unfinished.procedure };
  const other = otherWish(assessment, request);
  if (other !== undefined) return { ...way, refusal: other };
  if (best?.possible !== true) return { ...way, refusal: impossible(candidates, wanted) };
  // Whatever it did already it finds done: a sink that runs again leaves nothing of it but its end.
  const onlyEnds = unfinished?.procedure === 'resume-sink';
  if (best.answers || asked !== undefined || onlyEnds) return way;
  return { ...way, refusal: nothingToDo(database) };
}

/**
 * Hours alone are replaced unasked where all the rest is known to be sound: of what nobody has compared with
 * Kafka anything may be wrong, and a database that is built beside holds none of it.
 */
function isProven({ database: { damaged } }: Assessment): boolean {
  return damaged.restSound && damaged.uncompared === 0;
}

/** The options of other backups are there to be compared: a plan is made with what was assessed. */
function isOf(backupId: string | undefined, { backup, configurationRestore }: Assessment): boolean {
  return backupId === undefined || backupId === backup.id || backupId === configurationRestore?.backupId;
}

/**
 * What was begun goes on as it was begun: it would bring in what is to be left out now, or the other way
 * round.
 */
function otherWish({ unfinished, leaveOut }: Assessment, request: RecoveryRequest): string | undefined {
  const { procedure, fresh } = request;
  if (unfinished === undefined || fresh) return undefined;
  const wanted = leaveOutOf(request) === undefined ? undefined : leaveOut;
  const isOther = procedure !== undefined && procedure !== unfinished.procedure;
  if (!isOther && (wanted === undefined || leavesOutTheSame(wanted, unfinished.course?.leaveOut)))
    return undefined;
  return `the recovery ${unfinished.recoveryId} (${unfinished.procedure}) was not finished, and would go on as it was begun; --fresh begins what is asked for now`;
}

/** Some wishes mean one procedure and no other. */
export function askedFor(request: RecoveryRequest): Procedure | undefined {
  const { procedure, zone, acceptHole, force, baseline } = request;
  if (procedure !== undefined) return procedure;
  if (zone !== undefined) return 'zone';
  if (leaveOutOf(request) !== undefined) return 'point-in-time';
  return acceptHole !== undefined || force || baseline !== undefined ? 'standard' : undefined;
}

function impossible(candidates: readonly PlanOption[], wanted: Procedure | undefined): string {
  const reasons = candidates
    .filter(({ answers }) => answers || wanted !== undefined)
    .map(
      ({ procedure, why, needs }) =>
        `${procedure}: ${why.join('; ')}${needs === undefined ? '' : ` (${needs})`}`,
    );
  const what = wanted === undefined ? 'no procedure is possible' : `${wanted} is not possible`;
  return reasons.length === 0 ? what : `${what}. ${reasons.join('. ')}`;
}

function nothingToDo({ server, state }: Assessment['database']): string {
  return state === 'healthy'
    ? `the live database ${server} holds all that the backup holds: there is nothing to recover. To replace it all the same, run it with --force`
    : `nothing that is possible mends ${server}, which is ${state}`;
}
