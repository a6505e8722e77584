import type { HealthRecord } from './health-record.ts';
import { describePoison, type PoisonLook } from './poison-record.ts';

/** One restart is a try; what fails again within a day is for people. */
const ONCE_MS = 24 * 3_600_000;

export interface RemedyScene {
  /** MSR_RESTART_FAILED_TASKS. */
  readonly allowed: boolean;
  /** Somebody of ours holds the sink still, and lets it run again. */
  readonly frozen: boolean;
  readonly poison: PoisonLook;
  readonly before: HealthRecord['restarted'];
  readonly connector: string;
  readonly now: Date;
}

/** restart: once more · why: nobody restarts, for a sentence; undefined: nothing is to be said of it. */
export type Remedy =
  | { readonly restart: true }
  | { readonly restart: false; readonly why: string | undefined };

/** Whether what FAILED is started once more. Never at a record that would fail it again. Pure. */
export function decideRemedy({ allowed, frozen, poison, before, connector, now }: RemedyScene): Remedy {
  const not = (why: string | undefined): Remedy => ({ restart: false, why });
  if (typeof poison === 'object' && 'offset' in poison) {
    return not(`it stands at a record that it cannot write: ${describePoison(poison)}`);
  }
  if (!allowed || frozen) return not(undefined);
  if (typeof poison === 'object')
    return not(`msr does not restart it: whether a record is to blame is not known (${poison.notKnown})`);
  const age =
    before?.connector === connector ? now.getTime() - Date.parse(before.at) : Number.POSITIVE_INFINITY;
  if (age < ONCE_MS) return not(`msr has restarted it at ${before?.at}, and does so once a day at the most`);
  return { restart: true };
}
