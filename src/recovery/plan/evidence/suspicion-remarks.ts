import { count } from '../../../core/activity.ts';
import type { Assessment } from '../assessment.ts';
import { flagsOf, leavesOutTheSame, type Skip } from '../leave-out.ts';

/**
 * What may be the damage, when it began, and what leaves it out, ready to run: the operator decides. Pure.
 * Nothing where something is left out already.
 */
export function suspicionRemarks({ suspicions, changedBackup, backups, leaveOut }: Assessment): string[] {
  if (leaveOut !== undefined) return [];
  return [
    ...suspicions.map((each) => remark(each, backups)),
    ...(changedBackup === undefined ? [] : [betweenBackups(changedBackup)]),
  ];
}

function remark(suspicion: Assessment['suspicions'][number], backups: Assessment['backups']): string {
  const { kind, table, at, events, usual, text } = suspicion;
  const what =
    kind === 'deletes'
      ? `${table} has ${count(events)} deletes within ${text} from ${at} on; ${count(usual)} in 5 minutes are usual`
      : `the states of ${table} look otherwise from ${at} on, in ${count(events)} events: ${text}`;
  const skip: Skip = { table, ...(kind === 'deletes' ? { operation: 'd' as const } : {}), from: at };
  const all = flagsOf({ by: 'event-time', until: at, after: 'stop', skips: [] });
  const these = flagsOf({ by: 'event-time', after: 'continue', skips: [skip] });
  return `${what}. Where that is the damage, \`msr recover ${all}\` leaves out what came since, \`msr recover ${these}\` these alone${heldBy(at, backups)}`;
}

/** More partitions make no line that somebody runs. */
const MOST_PARTITIONS = 16;

/** What an earlier recovery left out would be written again by one that begins before it. Pure. */
export function leftOutAgainRemarks({ leftOutBefore: before, leaveOut }: Assessment): string[] {
  if (before === undefined || (leaveOut !== undefined && leavesOutTheSame(leaveOut, before.leaveOut)))
    return [];
  const { recoveryId, records, leaveOut: again } = before;
  const isShort = again.skips.every(({ offsets = [] }) => offsets.length <= MOST_PARTITIONS);
  const how = isShort
    ? `\`msr recover ${flagsOf(again)}\` leaves them out again`
    : `leave them out again up to the offsets in recoveries/${recoveryId}/ledger-cutover.json`;
  return [
    `the recovery ${recoveryId} has set ${count(records)} records aside, and this backup is from before it: they would be written again. ${how}; a backup that was taken since does not hold them`,
  ];
}

const LISTED = 4;

function heldBy(at: string, backups: Assessment['backups']): string {
  const since = backups.filter(({ takenAt }) => takenAt > at).map(({ id }) => id);
  if (since.length === 0) return '; no backup was taken since';
  const more = since.length > LISTED ? ` and ${since.length - LISTED} more` : '';
  return `; taken since, and may hold it: ${since.slice(0, LISTED).join(', ')}${more}`;
}

function betweenBackups({
  before,
  after,
  takenAt,
  first,
  differences,
}: NonNullable<Assessment['changedBackup']>) {
  const more = differences > 1 ? `, and ${count(differences - 1)} more differences` : '';
  return `the backup ${after} (${takenAt}) does not hold all that the backup ${before} before it holds: ${first}${more}. Rows were changed in the database between them; \`msr recover --backup ${before}\` brings them back, as far as Kafka holds the records since`;
}
