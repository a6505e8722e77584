import type { Environment } from '../core/environment.ts';
import type { Settings } from '../settings/settings.ts';
import { detachedGuardian } from './detached-guardian.ts';
import type { Guardian } from './guardian.ts';
import { readGuardianSchedule } from './guardian-schedule.ts';
import { scheduledGuardian } from './scheduled-guardian.ts';

/** A schedule where the environment names a place for it (AWS), otherwise a process of this machine. */
export function chooseGuardian(settings: Settings, env: Environment = process.env): Guardian {
  const schedule = readGuardianSchedule(env);
  return schedule === undefined ? detachedGuardian(settings) : scheduledGuardian(schedule);
}
