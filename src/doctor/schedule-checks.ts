import { Cron } from 'croner';
import type { MaintenanceFacts } from '../backup/maintenance/maintenance-facts.ts';
import { DAY_MS, HOUR_MS } from '../retention/frequency.ts';
import { hours } from '../retention/kafka-retention.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';

/** When backups begin and how long they take: as scheduled, or as the last ones did. */
interface BackupTimes {
  /** With five or six fields; undefined: by `taken`. */
  readonly cron: string | undefined;
  readonly timeZone: string;
  /** The cuts of the last backups. */
  readonly taken: readonly Date[];
  readonly durationMs: number;
}

export interface ScheduleInput {
  readonly maintenance: Look<MaintenanceFacts>;
  /** The zone of the clock that MSR reads the maintenance's expression by. */
  readonly maintenanceTimeZone: string;
  readonly backups: BackupTimes;
  readonly now: Date;
}

const MINUTE_MS = 60_000;
/** The playbook's distance: maintenance at 03:00, backup at 03:30. */
const AFTER_MAINTENANCE_MS = 30 * MINUTE_MS;
/** The playbook's age of `last_refresh` that calls for somebody. */
const STALE_MS = 25 * HOUR_MS;

/** The maintenance, the clock that it runs by, and whether backups keep away from it. Pure. */
export function scheduleChecks(input: ScheduleInput): DoctorCheck[] {
  if ('error' in input.maintenance) return [checkOfError('maintenance', input.maintenance.error)];
  const facts = input.maintenance.seen;
  return [maintenanceCheck(facts, input), clockCheck(facts, input), distanceCheck(facts, input)].flat();
}

function maintenanceCheck({ lastRefresh, cron }: MaintenanceFacts, { now }: ScheduleInput): DoctorCheck {
  const name = 'maintenance';
  if (lastRefresh === undefined) {
    return {
      name,
      outcome: 'warning',
      fact: `refresh_earliest_snapshot() has never run; its schedule is ${JSON.stringify(cron)}`,
      hint: "see whether MSR's cleanup service is enabled (CLEANUP_SERVICE_ENABLED)",
    };
  }
  const age = now.getTime() - lastRefresh.getTime();
  const fact = `the last one began at ${iso(lastRefresh)}, ${hours(age)} ago; its schedule is ${JSON.stringify(cron)}`;
  if (age <= STALE_MS) return ok(name, fact);
  const hint =
    "the playbook's limit is 25 h: see the log of MSR's API, and whether a session holds a lock on msr";
  return { name, outcome: age > 2 * STALE_MS ? 'failed' : 'warning', fact, hint };
}

/** The expression says a time of day, not of which clock: what has run tells it. */
function clockCheck(facts: MaintenanceFacts, { maintenanceTimeZone: zone }: ScheduleInput): DoctorCheck[] {
  const name = 'maintenance clock';
  if (facts.lastRefresh === undefined) return [];
  const schedule = parseCron(facts.cron, zone);
  // Exclusive of the reference: one that began this very second was due.
  const [due] = schedule?.previousRuns(1, new Date(facts.lastRefresh.getTime() + 1000)) ?? [];
  if (due === undefined) return [];
  const late = facts.lastRefresh.getTime() - due.getTime();
  if (late < AFTER_MAINTENANCE_MS) return [ok(name, `${zone}: it began ${hours(late)} after it was due`)];
  return [
    {
      name,
      outcome: 'warning',
      fact: `it began at ${iso(facts.lastRefresh)}, ${hours(late)} after ${facts.cron} in ${zone}`,
      hint: "somebody ran it by hand, or MSR's clock is another one: set MSR_MAINTENANCE_TIME_ZONE to the TZ of the MSR API's container (docs/time-zones.md)",
    },
  ];
}

function distanceCheck({ cron }: MaintenanceFacts, input: ScheduleInput): DoctorCheck {
  const name = 'backup schedule';
  const schedule = parseCron(cron, input.maintenanceTimeZone);
  if (schedule === undefined)
    return notChecked(name, `${JSON.stringify(cron)} names no time for the maintenance`);
  const runs = backupRuns(input);
  if (typeof runs === 'string')
    return { name, outcome: 'failed', fact: runs, hint: 'give five fields: 30 3 * * *' };
  if (runs.length === 0) return notChecked(name, 'no backup yet, and MSR_BACKUP_CRON is not set');
  const distances = runs.map((run) => distanceOf(schedule, run, input.backups.durationMs));
  const overlap = distances.find(({ untilNext }) => untilNext < 0);
  if (overlap !== undefined) {
    return {
      name,
      outcome: 'failed',
      fact: `a backup of ${iso(overlap.run)} takes ${hours(input.backups.durationMs)} and runs into the maintenance; its readers then wait too`,
      hint: `begin 30 min after the maintenance: with ${cron} in ${input.maintenanceTimeZone}, half past`,
    };
  }
  const near = distances.find(({ sinceLast }) => sinceLast < AFTER_MAINTENANCE_MS);
  if (near === undefined) {
    const closest = Math.min(...distances.map(({ sinceLast }) => sinceLast));
    return ok(
      name,
      `backups begin ${hours(closest)} or more after the maintenance (${cron}, ${input.maintenanceTimeZone})`,
    );
  }
  return {
    name,
    outcome: 'warning',
    fact: `the backup of ${iso(near.run)} begins ${hours(near.sinceLast)} after the maintenance (${cron}, ${input.maintenanceTimeZone})`,
    hint: 'begin 30 min after it: a maintenance that still runs keeps the backup waiting',
  };
}

/** The runs that are looked at; or what is wrong with the expression. */
function backupRuns({ backups, now }: ScheduleInput): readonly Date[] | string {
  if (backups.cron === undefined) {
    return backups.taken.filter((taken) => now.getTime() - taken.getTime() < 7 * DAY_MS);
  }
  const schedule = parseCron(backups.cron, backups.timeZone);
  return (
    schedule?.nextRuns(48, now) ?? `MSR_BACKUP_CRON is ${JSON.stringify(backups.cron)}: not a cron expression`
  );
}

function distanceOf(schedule: Cron, run: Date, durationMs: number) {
  const [last] = schedule.previousRuns(1, new Date(run.getTime() + 1000));
  const next = schedule.nextRun(run);
  return {
    run,
    sinceLast: last === undefined ? DAY_MS : run.getTime() - last.getTime(),
    untilNext: next === null ? DAY_MS : next.getTime() - run.getTime() - durationMs,
  };
}

function parseCron(expression: string, timezone: string): Cron | undefined {
  try {
    return new Cron(expression.trim(), { timezone, paused: true });
  } catch {
    // Not a cron expression, or no such time zone: then nothing can be told by it.
    return undefined;
  }
}

function iso(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
