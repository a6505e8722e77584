import { mayPass } from '../../core/passing-errors.ts';

/**
 * What follows a failed step. again: the procedure from its beginning, finished steps skip themselves ·
 * forward: the cutover again · rolled back: sink and old database are as before · stuck: past the commit
 * point, and forward has failed too often: people must look.
 */
type FailureDecision = 'again' | 'forward' | 'rolled back' | 'stuck';

export interface FailureSituation {
  /** The error's name, as Step Functions matches it. */
  readonly error: string;
  /** Failures of this execution, this one included: at least 1. */
  readonly failures: number;
  /** The recovered database holds the live name. */
  readonly committed: boolean;
}

export interface AfterFailure {
  readonly decision: FailureDecision;
  /** Before the next attempt. */
  readonly waitSeconds: number;
  /**
   * A later run may continue this recovery; otherwise it begins a new one, and this
   * one's database is evidence.
   */
  readonly resumable: boolean;
}

/**
 * The proof of the recovery failed, or its baseline is wrong: doing it again from the
 * same database proves nothing.
 */
export const FINAL_ERRORS: ReadonlySet<string> = new Set([
  'NotBalancedError',
  'NotValidError',
  'LeaveOutError',
  'BaselineMismatchError',
  'DamagedBackupError',
  'RestNotSoundError',
]);

const MOST_ATTEMPTS_BEFORE_COMMIT = 3;
const MOST_ATTEMPTS_AFTER_COMMIT = 6;
const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 120;

/** Pure: decides by the error's name, the attempts so far and the commit point. */
export function afterFailure({ error, failures, committed }: FailureSituation): AfterFailure {
  const waitSeconds = Math.min(FIRST_WAIT_SECONDS * 4 ** (failures - 1), LONGEST_WAIT_SECONDS);
  if (committed) {
    const decision = failures < MOST_ATTEMPTS_AFTER_COMMIT ? 'forward' : 'stuck';
    return { decision, waitSeconds, resumable: true };
  }
  const decision = mayPass(error) && failures < MOST_ATTEMPTS_BEFORE_COMMIT ? 'again' : 'rolled back';
  return { decision, waitSeconds, resumable: !FINAL_ERRORS.has(error) };
}
