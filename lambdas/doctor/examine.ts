import { readRetentionSettings } from '../retention/retention-settings.ts';
import { diagnose } from './diagnose.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorReport } from './doctor-report.ts';
import { gather } from './gather.ts';

/**
 * Examines an MSR, whoever set it up: looks at everything, changes nothing but a probe in the vault, and says what
 * to mend.
 * @throws OperatorError for retention settings that are wrong; everything else is told in the report
 */
export async function examine(ctx: DoctorContext): Promise<DoctorReport> {
  const retention = readRetentionSettings(ctx.env);
  return diagnose(await gather(ctx), {
    retention,
    backupCron: ctx.env['MSR_BACKUP_CRON'],
    backupTimeZone: ctx.env['MSR_BACKUP_TIME_ZONE'],
    now: ctx.now,
  });
}
