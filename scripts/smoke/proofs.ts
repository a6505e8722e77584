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

export function backupProof({ status, output, error, cause }: ExecutionEnd): Proof {
  const holds = status === 'SUCCEEDED' && !output.includes('"skipped"');
  const fact = holds
    ? `taken, read again to its end, told: ${output}`
    : [status, error, cause, output].filter(Boolean).join(' ');
  return { step: 'backup', holds, fact: oneLine(fact) };
}

export function dryRunProof({ status, output, error, cause }: ExecutionEnd): Proof {
  const hash = /"planHash":"([^"]+)"/.exec(output)?.[1];
  const holds = status === 'SUCCEEDED' && hash !== undefined;
  return {
    step: 'dry run',
    holds,
    fact: holds ? `plan ${hash}` : oneLine([status, error, cause, output].join(' ')),
  };
}

/** Rejected it ends, by its error's name where it fails, and changes nothing. */
export function rejectionProof({ status, output, error, cause }: ExecutionEnd): Proof {
  const holds = error === 'ApprovalDeniedError' || (status === 'SUCCEEDED' && /reject|denied/i.test(output));
  const fact = holds
    ? 'asked for approval, was rejected, and ended'
    : [status, error, cause, output].join(' ');
  return { step: 'rejected recovery', holds, fact: oneLine(fact) };
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

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
