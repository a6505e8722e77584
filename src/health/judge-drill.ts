import { type JudgeContext, type Judgement, ok, ticket } from './judgement.ts';
import type { DrillRecord } from './look-at-drills.ts';

const HOUR_MS = 3_600_000;
/** Drills are weekly; one that was missed is not yet a reason. */
const MOST_HOURS = 15 * 24;

/** Only a drill that proved everything counts. Pure. @param drills newest first */
export function judgeDrill(drills: readonly DrillRecord[], { now }: JudgeContext): Judgement {
  const green = drills.find(({ passed }) => passed);
  const [last] = drills;
  const hint =
    'drill a recovery: whether one works is known only then; a real one that was proven counts as well';
  if (green === undefined) {
    const fact =
      last === undefined
        ? 'no drill: no recovery was ever tried here'
        : `no drill has passed: the last one, ${last.id}, ended ${last.verdict}`;
    return ticket({ evidence: [fact], threshold: MOST_HOURS, hint });
  }
  const hours = Math.max(0, (now.getTime() - Date.parse(green.endedAt)) / HOUR_MS);
  const since =
    last === undefined || last === green ? '' : `; a later one, ${last.id}, ended ${last.verdict}`;
  const fact = `the last recovery that was proven, ${green.id}, ended ${(hours / 24).toFixed(1)} days ago${since}`;
  const measured = { value: hours, threshold: MOST_HOURS, values: { DrillAgeHours: hours } };
  return hours <= MOST_HOURS && since === ''
    ? ok(fact, measured)
    : ticket({ evidence: [fact], ...measured, hint });
}
