import { count, duration } from '../core/activity.ts';
import { liveDatabase, type Plan, type PlanOption } from '../recovery/plan/plan.ts';
import { costText } from '../recovery/plan/price.ts';
import { PROCEDURE_TEXTS } from '../recovery/plan/procedures.ts';
import { facts, table } from './tables.ts';

/**
 * A plan in plain words: what would be done, every option with its price, and what to know before saying
 * yes.
 */
export function describePlan(plan: Plan): string {
  const live = liveDatabase(plan);
  const head = facts([
    ['plan', plan.hash],
    ...(live === undefined ? [] : [['database', live] as const]),
    ['recovery', plan.recoveryId],
    ['procedure', `${plan.procedure}: ${PROCEDURE_TEXTS[plan.procedure]}`],
    ...(plan.backupId === undefined ? [] : [['backup', plan.backupId] as const]),
  ]);
  const options = plan.options.length === 0 ? [] : [optionTable(plan.options)];
  const remarks = plan.remarks.map((remark) => `- ${remark}`).join('\n');
  const refusal = plan.refusal === undefined ? [] : [`REFUSED: ${plan.refusal}`];
  return [head, ...options, remarks, ...refusal].filter((part) => part !== '').join('\n\n');
}

function optionTable(options: readonly PlanOption[]): string {
  const shown = options.filter((option, at) => isWorthARow(option, options.slice(0, at)));
  const rows = shown.map((option) => [
    option.procedure,
    option.backupId ?? '',
    option.possible ? (option.answers ? 'possible' : 'not needed') : 'impossible',
    lossCell(option),
    option.seconds === null ? '' : timeRange(option.seconds),
    option.cost === undefined ? '' : costText(option.cost),
    option.possible ? option.destroys : whyNot(option),
  ]);
  const head = ['OPTION', 'FROM BACKUP', '', 'LOSS', 'TIME', 'COST IN AWS', 'DESTROYS, OR WHY NOT'];
  const left = options.length - shown.length;
  const drawn = table(head, rows, ['left', 'left', 'left', 'right', 'right', 'right']);
  return left === 0 ? drawn : `${drawn}\nand ${left} more that are impossible, from other backups`;
}

/** One impossible option of each procedure: the others differ in their backup alone. */
function isWorthARow({ possible, procedure }: PlanOption, before: readonly PlanOption[]): boolean {
  return possible || !before.some((other) => !other.possible && other.procedure === procedure);
}

function lossCell({ lossEvents, lossAtLeast = 0 }: PlanOption): string {
  if (lossEvents !== null) return `${count(lossEvents)} events`;
  return lossAtLeast === 0 ? 'unknown' : `at least ${count(lossAtLeast)} events`;
}

function whyNot({ why, needs }: PlanOption): string {
  return needs === undefined ? why.join('; ') : `${why.join('; ')} (${needs})`;
}

function timeRange({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${duration(low * 1000)} to ${duration(high * 1000)}`;
}
