import { costOf } from '../price.ts';
import { PROCEDURES, type Procedure } from '../procedures.ts';
import { coldOptions } from './cold.ts';
import { configurationOptions } from './configuration.ts';
import { partialOptions } from './partial.ts';
import type { OptionInput, OptionsOf, PlanOption } from './plan-option.ts';
import { pointInTimeOptions } from './point-in-time.ts';
import { resumeSinkOptions } from './resume-sink.ts';
import { standardOptions } from './standard.ts';
import { zoneOptions } from './zone.ts';

const OPTIONS: Readonly<Record<Procedure, OptionsOf>> = {
  standard: standardOptions,
  cold: coldOptions,
  'point-in-time': pointInTimeOptions,
  zone: zoneOptions,
  configuration: configurationOptions,
  'resume-sink': resumeSinkOptions,
  partial: partialOptions,
};

/**
 * Every procedure with every backup: what is possible first, of that what mends what is broken, then by the
 * least loss, then by time. A loss that nobody can count is the greatest.
 */
export function allOptions(input: OptionInput): PlanOption[] {
  const options = PROCEDURES.flatMap((procedure) => OPTIONS[procedure](input));
  return options
    .map((option) => withCost(option, input.assessment))
    .map((option, order) => ({ option, order }))
    .sort((a, b) => compare(a.option, b.option) || a.order - b.order)
    .map(({ option }) => option);
}

/** By the backup that it begins with; where it names none, by the one that was assessed. */
function withCost(option: PlanOption, { backup, backups }: OptionInput['assessment']): PlanOption {
  const other = backup.id === option.backupId ? undefined : backups.find(({ id }) => id === option.backupId);
  const cost = costOf(option, other ?? backup);
  return cost === undefined ? option : { ...option, cost };
}

function compare(a: PlanOption, b: PlanOption): number {
  return (
    Number(b.possible) - Number(a.possible) ||
    Number(b.answers) - Number(a.answers) ||
    less(a.lossEvents, b.lossEvents) ||
    less(a.seconds?.high, b.seconds?.high)
  );
}

/** What is not known comes last. */
function less(a: number | null | undefined, b: number | null | undefined): number {
  const [left, right] = [a ?? Infinity, b ?? Infinity];
  return left === right ? 0 : left - right;
}
