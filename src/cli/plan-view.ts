import { count, duration } from '../core/activity.ts';
import { liveDatabase, type Plan, type PlanOption } from '../recovery/plan/plan.ts';
import { facts, table } from './tables.ts';

/**
 * A plan in plain words: what would be done, every option with its price, and what to know before saying yes.
 */
export function describePlan(plan: Plan): string {
  const live = liveDatabase(plan);
  const head = facts([
    ['plan', plan.hash],
    ...(live === undefined ? [] : [['database', live] as const]),
    ['recovery', plan.recoveryId],
    ['procedure', PROCEDURES[plan.procedure]],
    ...(plan.backupId === undefined ? [] : [['backup', plan.backupId] as const]),
  ]);
  const options = plan.options.length === 0 ? [] : [optionTable(plan.options)];
  const remarks = plan.remarks.map((remark) => `- ${remark}`).join('\n');
  const refusal = plan.refusal === undefined ? [] : [`REFUSED: ${plan.refusal}`];
  return [head, ...options, remarks, ...refusal].filter((part) => part !== '').join('\n\n');
}

const PROCEDURES: Readonly<Record<Plan['procedure'], string>> = {
  standard: 'standard: restore the backup beside the live database, replay Kafka, prove it, take its place',
  undo: 'undo: give the live name back to the database that the recovery replaced',
  redo: 'redo: take the undo back, the recovered database gets the live name again',
};

function optionTable(options: readonly PlanOption[]): string {
  const rows = options.map(({ procedure, possible, lossEvents, seconds, destroys, why }) => [
    procedure,
    possible ? 'possible' : 'impossible',
    lossEvents === null ? 'unknown' : `${count(lossEvents)} events`,
    seconds === null ? '' : timeRange(seconds),
    possible ? destroys : why.join('; '),
  ]);
  return table(['OPTION', '', 'LOSS', 'TIME', 'DESTROYS, OR WHY NOT'], rows, [
    'left',
    'left',
    'right',
    'right',
  ]);
}

function timeRange({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${duration(low * 1000)} to ${duration(high * 1000)}`;
}
