import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { cronOf } from '../backup/backup-schedule.ts';
import { grantMetrics } from '../instance/grants.ts';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { MsrFunction } from '../runtime/msr-function.ts';
import type { FunctionSchedules } from '../schedules/function-schedules.ts';

export interface DoctorProps {
  readonly host: FunctionHost;
  readonly schedules: FunctionSchedules;
}

/** Looks at everything every six hours, and counts what is wrong. */
export class Doctor extends MsrFunction {
  constructor(scope: Construct, id: string, { host, schedules }: DoctorProps) {
    super(scope, id, {
      host,
      entry: 'doctor/doctor.lambda.ts',
      timeout: Duration.minutes(5),
      environment: backupSchedule(host),
    });
    grantMetrics(this);
    schedules.add('doctor', this, { minute: '15', hour: '*/6' });
  }
}

/** So that the doctor sees whether backups keep away from the maintenance. */
function backupSchedule({ access }: FunctionHost): Readonly<Record<string, string>> {
  const { config, timeZone } = access.identity;
  const { minute = '*', hour = '*' } = cronOf(config.schedule);
  return { MSR_BACKUP_CRON: `${minute} ${hour} * * *`, MSR_BACKUP_TIME_ZONE: timeZone };
}
