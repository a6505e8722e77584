import { Annotations, Duration } from 'aws-cdk-lib';
import type { CronOptionsWithTimezone } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { InstanceIdentity } from '../instance/instance-resources.ts';
import { type ScheduledMachine, scheduleExecutions } from '../schedules/execution-schedule.ts';
import { skippedDay } from './skipped-day.ts';

type ScheduleConfig = InstanceIdentity['config']['schedule'];

/**
 * Starts the backups: two deliveries of one time are one execution, and two executions one backup at a time.
 */
export class BackupSchedule extends Construct {
  constructor(scope: Construct, id: string, props: ScheduledMachine) {
    super(scope, id);
    const { name, config } = props.identity;
    const { schedule } = config;
    warnOfSkippedHour(this, props.identity);
    scheduleExecutions(this, 'Schedule', {
      ...props,
      operation: 'backup',
      description: `${schedule.frequency} backup of the MSR instance ${name}`,
      times: cronOf(schedule),
      // Later than that, the next one is near or the day has begun.
      maxEventAge: schedule.frequency === 'hourly' ? Duration.minutes(30) : Duration.hours(2),
    });
  }
}

/** A cron time that there is not on one day of the year is not made up for. */
function warnOfSkippedHour(scope: Construct, { name, timeZone, config }: InstanceIdentity): void {
  for (const at of timesOf(config.schedule)) {
    const day = skippedDay(at, timeZone);
    if (day === undefined) continue;
    Annotations.of(scope).addWarningV2(
      `msr-recovery:schedule.at.${name}`,
      `the instance ${name} is backed up at ${at} in ${timeZone}, and on ${day} there is no such time: EventBridge Scheduler skips that backup\nHINT: let schedule.at name a time outside of the hour that summer time skips`,
    );
  }
}

/** The times of day; hourly has none that matters: the next one is near. */
function timesOf({ frequency, at }: ScheduleConfig): string[] {
  if (frequency === 'hourly') return [];
  const { hour = '', minute = '' } = cronOf({ frequency, at });
  return hour.split(',').map((each) => `${each.padStart(2, '0')}:${minute.padStart(2, '0')}`);
}

/** @param schedule `at`: `HH:MM`; hourly takes its minutes, twice daily adds the time 12 hours later */
export function cronOf({
  frequency,
  at,
}: Pick<ScheduleConfig, 'frequency' | 'at'>): Pick<CronOptionsWithTimezone, 'hour' | 'minute'> {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  switch (frequency) {
    case 'daily':
      return { hour: String(hour), minute: String(minute) };
    case 'twice-daily':
      return { hour: [hour % 12, (hour % 12) + 12].join(','), minute: String(minute) };
    case 'hourly':
      return { hour: '*', minute: String(minute) };
  }
}
