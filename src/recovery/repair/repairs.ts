import { OperatorError } from '../../core/operator-error.ts';
import type { Repair } from '../plan/procedures.ts';
import { configurationRepair } from './configuration-repair.ts';
import { partialRepair } from './partial-repair.ts';
import type { RepairProcedure } from './repair.ts';
import { resumeSinkRepair } from './resume-sink.ts';

/** How each repair is carried out and taken back. */
const REPAIR_PROCEDURES: Readonly<Partial<Record<Repair, RepairProcedure>>> = {
  configuration: configurationRepair,
  partial: partialRepair,
  'resume-sink': resumeSinkRepair,
};

/** @throws OperatorError where this version has none: an older or newer one made the plan */
export function repairOf(procedure: Repair): RepairProcedure {
  const found = REPAIR_PROCEDURES[procedure];
  if (found !== undefined) return found;
  throw new OperatorError(`this version of msr does not carry out ${procedure}`, {
    hint: 'use the version that made the plan',
  });
}
