import type { GuardianSchedule } from '../freeze/guardian-schedule.ts';
import { callJanitorLater } from '../freeze/scheduled-guardian.ts';
import type { JanitorDeps } from './clean-up.ts';
import { retryAfterMs } from './decisions.ts';

/** Calls the janitor again by a schedule as its guardians have. @param schedule read when it is needed */
export function callAgainBy(schedule: () => GuardianSchedule): JanitorDeps['callAgain'] {
  return async (record, attempt) => {
    const at = new Date(Date.now() + retryAfterMs(attempt));
    await callJanitorLater(schedule(), record, { at, attempt });
    return at;
  };
}
