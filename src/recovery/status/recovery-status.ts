import { type Approval, approvalState } from '../approval/approval.ts';
import type { RecoveryReport } from '../end/report.ts';
import { RECOVERY_VERDICTS, verdictText } from '../end/verdict.ts';
import { type Plan, planDocument, reportDocument } from '../plan/plan.ts';
import type { ProgressDocument } from './progress-document.ts';

/**
 * What a recovery is doing, as its documents tell. planned: nobody was asked (yet); a dry run ends so ·
 * refused: no procedure is possible · waits for approval, approval expired, rejected: as they say ·
 * approved: the answer is given, its task has not been heard of · running: it holds the lock · broken
 * off: it began, there is no report, and nobody holds the lock for it · recovered, recovered, some set
 * aside, not recovered, could not verify: the report's verdict
 */
export type RecoveryState =
  | 'planned'
  | 'refused'
  | 'waits for approval'
  | 'approval expired'
  | 'rejected'
  | 'approved'
  | 'running'
  | 'broken off'
  | RecoveryReport['verdict'];

/** Everything that the vault holds of one recovery, or of its undo where that is the later one. */
export interface RecoveryRecords {
  readonly recoveryId: string;
  readonly plan: Plan;
  readonly approval: Approval | undefined;
  readonly progress: ProgressDocument | undefined;
  readonly report: RecoveryReport | undefined;
  /** Each finished step, in order, with its seconds. */
  readonly steps: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
  /** When each document was last written, by its name. */
  readonly written: ReadonlyMap<string, Date>;
  /** It holds the lock of all operations. */
  readonly locked: boolean;
}

export interface RecoveryStatus extends RecoveryRecords {
  readonly state: RecoveryState;
  /** When it was last heard of. */
  readonly heardAt: Date;
}

/** Pure: the status that these records give at `now` (milliseconds since the epoch). */
export function statusOf(records: RecoveryRecords, now: number): RecoveryStatus {
  const heardAt = new Date(Math.max(0, ...[...records.written.values()].map(Number)));
  return { ...records, state: stateOf(records, heardAt, now), heardAt };
}

function stateOf(records: RecoveryRecords, heardAt: Date, now: number): RecoveryState {
  const { plan, report, locked, written } = records;
  // What is written after a report belongs to an attempt that continues the recovery.
  const reportedAt = written.get(reportDocument(plan.procedure));
  if (report !== undefined && reportedAt !== undefined && reportedAt >= heardAt) return report.verdict;
  if (locked) return 'running';
  if (hasBegun(records)) return 'broken off';
  if (plan.refusal !== undefined) return 'refused';
  return answerState(records, now);
}

/** Its tasks have been heard of since the plan was made; those of an earlier attempt do not count. */
function hasBegun({ plan, progress, written }: RecoveryRecords): boolean {
  const plannedAt = written.get(planDocument(plan.procedure));
  return progress !== undefined && plannedAt !== undefined && Date.parse(progress.at) > plannedAt.getTime();
}

function answerState({ approval, plan }: RecoveryRecords, now: number): RecoveryState {
  if (approval?.planHash !== plan.hash) return 'planned';
  switch (approvalState(approval, now)) {
    case 'waiting':
      return 'waits for approval';
    case 'expired':
      return 'approval expired';
    case 'answered':
      return approval.answer?.decision === 'rejected' ? 'rejected' : 'approved';
  }
}

/** Whether nothing more will come of it without somebody's doing; the others change by themselves. */
export function hasEnded(state: RecoveryState): boolean {
  return ENDS.has(state);
}

const ENDS: ReadonlySet<RecoveryState> = new Set<RecoveryState>([
  'refused',
  'rejected',
  'approval expired',
  ...RECOVERY_VERDICTS,
]);

/** The state for people: a verdict with the records that were set aside. */
export function stateText({ state, report }: Pick<RecoveryStatus, 'state' | 'report'>): string {
  return report !== undefined && state === report.verdict ? verdictText(report) : state;
}
