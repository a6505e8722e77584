import { createHash, randomBytes } from 'node:crypto';

/** `20261123T041500Z-9f3a`: sorts by time, names a folder of the vault, and is short enough to read aloud. */
export function newId(now: Date = new Date()): string {
  return `${stamp(now)}-${randomBytes(2).toString('hex')}`;
}

/** A state machine's execution, as its context object names it. */
export interface Execution {
  /** Its ARN. */
  readonly id: string;
  readonly startedAt: string;
}

/** An id like newId's, but the same however often one execution asks. */
export function idOfExecution({ id, startedAt }: Execution): string {
  return `${stamp(new Date(startedAt))}-${createHash('sha256').update(id).digest('hex').slice(0, 4)}`;
}

function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
}

export const ID_PATTERN = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;

/** When an id was made, in ISO 8601: `20261123T041500Z-9f3a` → `2026-11-23T04:15:00Z`. */
export function timeOfId(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z');
}
