import type { Command } from 'commander';
import { type DoctorReport, doctorExitCode } from '../doctor/doctor-report.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, allSettingsBut } from './setting-options.ts';
import { table } from './tables.ts';

/** `msr doctor`: is everything there that a backup and a recovery will need? */
export function addDoctorCommand(program: Command, run: Run): void {
  const command = program
    .command('doctor')
    .description(
      'look at database, Kafka, Connect, vault, rights, retention, space and schedule; changes nothing',
    )
    .option('--backup-cron <expression>', 'when backups are scheduled: five fields [MSR_BACKUP_CRON]')
    .option(
      '--backup-time-zone <name>',
      'of that schedule (default: that of the maintenance) [MSR_BACKUP_TIME_ZONE]',
    )
    .action((options: { backupCron?: string; backupTimeZone?: string }, self: Command) =>
      run(self, (invocation) => doctorCommand(invocation, options)),
    );
  addSettingOptions(
    command,
    allSettingsBut(
      'MSR_READERS_SECRET_ID',
      'MSR_CONNECTOR_SECRETS',
      'MSR_STRATEGY_OPTIONS',
      'MSR_REPLAY_THREADS',
    ),
  );
}

async function doctorCommand(
  { env, signal }: Invocation,
  { backupCron, backupTimeZone }: { backupCron?: string; backupTimeZone?: string },
): Promise<Answer> {
  const { examine } = await import('../doctor/examine.ts');
  const report = await examine({
    env: {
      ...env,
      ...(backupCron === undefined ? {} : { MSR_BACKUP_CRON: backupCron }),
      ...(backupTimeZone === undefined ? {} : { MSR_BACKUP_TIME_ZONE: backupTimeZone }),
    },
    signal,
    now: new Date(),
    runsHere: true,
  });
  return { document: report, text: describeReport(report), exitCode: doctorExitCode(report.verdict) };
}

/** A line a check, then what to do, in the same order. */
function describeReport({ checks, verdict, retention }: DoctorReport): string {
  const rows = checks.map(({ outcome, name, fact }) => [outcome, name, fact]);
  const remedies = checks.flatMap(({ name, hint, commands = [] }) =>
    hint === undefined ? [] : [`HINT (${name}): ${hint}`, ...commands.map((line) => `    ${line}`)],
  );
  const need = retention === undefined ? [] : [`retention: ${retention.need.arithmetic}`];
  return [table(['OUTCOME', 'CHECK', 'FOUND'], rows), ...remedies, ...need, `verdict: ${verdict}`].join('\n');
}
