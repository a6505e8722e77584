import { readRetentionSettings } from '../retention/retention-settings.ts';
import { diagnose } from './diagnose.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorReport } from './doctor-report.ts';
import { gather } from './gather.ts';
import { look } from './look.ts';

/**
 * Examines an MSR, whoever set it up: looks at everything, changes nothing but a probe in the vault, and says
 * what to mend. Whatever goes wrong meanwhile is told in the report.
 */
export async function examine(ctx: DoctorContext): Promise<DoctorReport> {
  return diagnose(await gather(ctx), {
    configured: await look(async () => readRetentionSettings(ctx.env)),
    backupCron: ctx.env['MSR_BACKUP_CRON'],
    backupTimeZone: ctx.env['MSR_BACKUP_TIME_ZONE'],
    now: ctx.now,
  });
}
