import type { RepairUndo } from '../repair/repair.ts';
import type { Plan } from './plan.ts';
import { planHash } from './plan-hash.ts';
import type { Repair } from './procedures.ts';

/** Whether the two databases of a recovery can change places, as they are met. */
export interface SwapAssessment {
  readonly recoveryId: string;
  /** The database that the swap would give the live name to. */
  readonly returning: string;
  readonly present: boolean;
}

/**
 * The plan of going back to the database that a recovery replaced (undo), or of taking that back
 * (redo). Whether Kafka still holds what the returning database misses is checked by the step itself,
 * before anything is stopped.
 */
export function planSwap(
  procedure: 'undo' | 'redo',
  { recoveryId, returning, present }: SwapAssessment,
): Plan {
  return {
    version: 1,
    recoveryId,
    hash: planHash({ procedure, recoveryId, returning }),
    procedure,
    options: [],
    ...(present ? {} : { refusal: refusalOf(procedure, returning) }),
    remarks: [
      `${returning} gets the live name; the database that holds it now is kept`,
      'the sink goes on where it stood for that database: Kafka brings it every event since',
      'sessions and configuration are those of that database',
    ],
  };
}

function refusalOf(procedure: 'undo' | 'redo', returning: string): string {
  return procedure === 'undo'
    ? `there is nothing to go back to: the old database ${returning} is not there; it was lost before the recovery, or \`msr cleanup\` dropped it`
    : `there is nothing to take back: the recovered database ${returning} is not beside the live one`;
}

/**
 * The plan of taking a repair back. One that was taken back is carried out by a new recovery, not by a
 * redo.
 */
export function planRepairUndo(
  procedure: 'undo' | 'redo',
  {
    recoveryId,
    repaired,
    remarks,
    refusal,
  }: { readonly recoveryId: string; readonly repaired: Repair } & RepairUndo,
): Plan {
  const why =
    procedure === 'redo'
      ? `the undo of ${repaired} is not taken back: run \`msr recover --procedure ${repaired}\` again`
      : refusal;
  return {
    version: 1,
    recoveryId,
    hash: planHash({ procedure, recoveryId, repaired }),
    procedure,
    options: [],
    ...(why === undefined ? {} : { refusal: why }),
    remarks: [...remarks],
  };
}
