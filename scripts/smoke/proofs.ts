import { z } from 'zod';
import { table } from '../../src/cli/tables.ts';

/** What a step has shown, or why not. */
export interface Proof {
  readonly step: string;
  readonly holds: boolean;
  readonly fact: string;
}

/** A step that failed for good: what needs it is not tried. */
export class SmokeError extends Error {
  override readonly name = 'SmokeError';
}

/** The table at the end, and the verdict. */
export function proofTable(proofs: readonly Proof[]): string {
  const rows = proofs.map(({ step, holds, fact }) => [step, holds ? 'proven' : 'FAILED', fact]);
  const failed = proofs.filter(({ holds }) => !holds).length;
  const verdict =
    failed === 0
      ? `PASSED: ${proofs.length} of ${proofs.length} proven`
      : `FAILED: ${failed} of ${proofs.length}`;
  return `${table(['STEP', 'RESULT', 'FACT'], rows)}\n\n${verdict}`;
}

/** How an execution ended, as Step Functions tells it. */
export interface ExecutionEnd {
  readonly status: string;
  readonly output: string;
  readonly error: string;
  readonly cause: string;
}

export function backupProof(end: ExecutionEnd): Proof {
  const { backupId, decision } = outputOf(end);
  const holds = end.status === 'SUCCEEDED' && backupId !== undefined && decision !== 'skipped';
  return {
    step: 'backup',
    holds,
    fact: holds ? `${backupId} is taken and was read again to its end` : told(end),
  };
}

export function dryRunProof(end: ExecutionEnd): Proof {
  const { planHash } = outputOf(end);
  const holds = end.status === 'SUCCEEDED' && planHash !== undefined;
  return { step: 'dry run', holds, fact: holds ? `plan ${planHash}` : told(end) };
}

/** Rejected it ends, by its error's name where it fails, and changes nothing. */
export function rejectionProof(end: ExecutionEnd): Proof {
  const isTold = end.status === 'SUCCEEDED' && outputOf(end).decision === 'rejected';
  const holds = end.error === 'ApprovalDeniedError' || isTold;
  const fact = holds ? 'asked for approval, was rejected, and ended' : told(end);
  return { step: 'rejected recovery', holds, fact };
}

const output = z.looseObject({
  backupId: z.string().optional(),
  decision: z.string().optional(),
  planHash: z.string().optional(),
});

function outputOf({ output: text }: ExecutionEnd): z.infer<typeof output> {
  return text === '' ? {} : output.parse(JSON.parse(text));
}

/** How it ended instead, on one line. */
function told({ status, error, cause, output: text }: ExecutionEnd): string {
  return [status, error, cause, text].join(' ').replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}

export interface AlarmState {
  readonly name: string;
  readonly state: string;
}

/**
 * What may ring in a stage that is an hour old: no backup is reported as of yesterday, and a recovery
 * was ended by its rejection.
 */
const MAY_RING = /-(backup-missing|recovery-failed)$/;

export function alarmProof(alarms: readonly AlarmState[]): Proof {
  const ringing = alarms.filter(({ name, state }) => state === 'ALARM' && !MAY_RING.test(name));
  const holds = alarms.length > 0 && ringing.length === 0;
  const states = alarms.map(({ name, state }) => `${name} ${state}`).join(', ');
  return { step: 'alarms', holds, fact: alarms.length === 0 ? 'there is none' : states };
}

export function doctorProof(failed: readonly string[], verdict: string): Proof {
  const holds = failed.length === 0;
  return { step: 'doctor', holds, fact: holds ? verdict : `failed: ${failed.join(', ')}` };
}
