import type { Assessment, BackupOutlook } from './assessment.ts';
import { askedFor } from './choose-option.ts';
import { isDatabaseHurt } from './options/obstacles.ts';
import type { Plan } from './plan.ts';
import type { Procedure } from './procedures.ts';
import type { RecoveryRequest } from './request.ts';

/** An older backup that may serve where the one that was assessed does not. */
export interface OtherStart {
  readonly backupId: string;
  /** lacks events: the newer one holds the damage already · leads nowhere: it cannot be begun with */
  readonly because: 'lacks events' | 'leads nowhere';
  /** Why not the newer one, for people. */
  readonly reason: string;
}

/** A plan, and what it was made of. */
export interface Planned {
  readonly assessment: Assessment;
  readonly plan: Plan;
}

/** What begins with a backup of the vault and replays the records since. */
const FROM_ANY: readonly Procedure[] = ['standard', 'point-in-time'];

/**
 * The older backup that another look is worth. A log that contradicts the newer one is none of its reasons:
 * what Kafka has lost of it lies behind the older cut, too, and only the newer backup knows. Pure.
 * @returns undefined where a backup or its hole was named, or a recovery goes on with its own
 */
export function otherStart({ assessment, plan }: Planned, request: RecoveryRequest): OtherStart | undefined {
  const isSettled = request.backupId !== undefined || request.acceptHole !== undefined;
  if (isSettled || (assessment.unfinished !== undefined && !request.fresh)) return undefined;
  const wanted = askedFor(request) ?? 'standard';
  if (!FROM_ANY.includes(wanted) || assessment.log.around.obstacles.length > 0) return undefined;
  return lackingEvents(assessment) ?? leadingNowhere(assessment, plan, wanted);
}

/** Rows were lost or changed in the database itself before the newer backup was taken. */
function lackingEvents({ backup, backups, changedBackup, leaveOut }: Assessment): OtherStart | undefined {
  if (changedBackup === undefined || leaveOut !== undefined) return undefined;
  const { before, first } = changedBackup;
  if (!backups.some((each) => each.id === before && isSound(each))) return undefined;
  const reason = `${backup.id}: it does not hold all that the backup ${before} holds (${first}): rows were changed in the database between them. Where that was meant, \`--backup ${backup.id}\` takes it all the same`;
  return { backupId: before, because: 'lacks events', reason };
}

function isSound({ obstacle, exact, byContent, log, holdsDamage }: BackupOutlook): boolean {
  return obstacle === null && (exact || byContent) && log === 'whole' && holdsDamage === null;
}

function leadingNowhere(
  { backup }: Assessment,
  { refusal, options }: Plan,
  wanted: Procedure,
): OtherStart | undefined {
  const own = options.find(({ procedure, backupId }) => procedure === wanted && backupId === backup.id);
  if (refusal === undefined || own === undefined || own.possible || !own.answers) return undefined;
  const other = options.find(
    ({ procedure, backupId, possible, answers }) =>
      procedure === wanted && backupId !== backup.id && possible && answers,
  );
  if (other?.backupId === undefined) return undefined;
  const reason = `${backup.id}: ${own.why.join('; ')}`;
  return { backupId: other.backupId, because: 'leads nowhere', reason };
}

/**
 * Whether the plan with the older backup is the one to show. Where the newer one is said to lack events, the
 * live database must lack them, too, and nothing that was left out on purpose may come back. Pure.
 */
export function isBetter({ because }: OtherStart, { assessment, plan }: Planned): boolean {
  if (plan.refusal !== undefined) return false;
  if (because === 'leads nowhere') return true;
  return isDatabaseHurt(assessment) && assessment.leftOutBefore === undefined;
}
